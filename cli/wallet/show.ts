/** `bun run wallet show NAME` and `list`: addresses and what is wrong with the files. No password is needed. */
import { type KeyView, listWallets, viewWallet, type WalletView } from "../../chain/wallet/index.ts";
import { table } from "../terminal/table.ts";
import type { WalletContext, WalletReport } from "./verb.ts";

export async function show([name = ""]: string[], { root }: WalletContext): Promise<WalletReport> {
  const view = await viewWallet({ root, name });
  return { ok: true, text: rendered([view]), json: { root, ...view } };
}

export async function list(_: string[], { root }: WalletContext): Promise<WalletReport> {
  const wallets = await listWallets(root);
  const text =
    wallets.length === 0 ? `no wallets in ${root}; make one: bun run wallet new NAME` : rendered(wallets);
  return { ok: true, text, json: { root, wallets } };
}

interface Row extends KeyView {
  wallet: string;
  key: string;
}

function rendered(wallets: readonly WalletView[]): string {
  const rows = wallets.flatMap(({ name, coldkey, hotkeys }): Row[] => [
    { wallet: name, key: "coldkey", ...coldkey },
    ...Object.entries(hotkeys).map(([key, view]) => ({ wallet: name, key: `hotkey ${key}`, ...view })),
  ]);
  return table<Row>(
    [
      { name: "wallet", cell: ({ wallet }) => wallet },
      { name: "key", cell: ({ key }) => key },
      { name: "address", cell: ({ address }) => address ?? "?" },
      { name: "stored", cell: ({ stored }) => stored },
      { name: "problem", cell: ({ problem }) => problem ?? "" },
    ],
    rows,
  );
}
