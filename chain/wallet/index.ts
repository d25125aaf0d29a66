export { createColdkey, createHotkey, hasColdkey, repairColdkeyPublic } from "./create-wallet.ts";
export { type KeyView, listWallets, viewWallet, type WalletView } from "./list-wallets.ts";
export { type AskPassword, coldkeyAddress, openColdkey, openHotkey } from "./open-wallet.ts";
