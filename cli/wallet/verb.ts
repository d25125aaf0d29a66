/** What the verbs of `bun run wallet` get and give. */
import { z } from "zod";
import type { AskPassword } from "../../chain/wallet/index.ts";
import { option } from "../options/options.ts";
import { existingPassword } from "./password.ts";

const file = (description: string) =>
  option(z.string().min(1).max(4_096).optional(), { description, placeholder: "FILE" });

export const WalletOptions = z.object({
  path: option(z.string().min(1).max(4_096).optional(), {
    description: "The folder of the wallets; else BT_WALLET_PATH, else ~/.bittensor/wallets.",
    placeholder: "DIR",
  }),
  hotkey: option(z.string().min(1).max(64).default("default"), {
    description: "Which hotkey of the wallet.",
    placeholder: "NAME",
  }),
  coldkey: option(z.boolean().default(false), { description: "sign, verify: with the coldkey." }),
  passwordFile: file(
    "The password of the coldkey, in the first line; else BT_WALLET_PASSWORD, else BT_WALLET_PASSWORD_FILE, else a terminal is asked.",
  ),
  plain: option(z.boolean().default(false), { description: "new: write the coldkey without encryption." }),
  words: option(z.enum(["12", "24"]).default("12"), { description: "new: length of the phrases." }),
  coldkeyFrom: file("new: take the coldkey from the phrase, seed or secret URI in this file."),
  hotkeyFrom: file("new: take the hotkey from the phrase, seed or secret URI in this file."),
  phraseFile: file("new: write the new phrases here, for their owner only, and show them nowhere."),
  message: option(z.string().max(1_048_576).optional(), {
    description: "sign, verify: this text, as UTF-8.",
    placeholder: "TEXT",
  }),
  file: file("sign, verify: the bytes of this file; - or nothing is standard input."),
  json: option(z.boolean().default(false), { description: "Print one JSON object." }),
});

export interface WalletContext extends z.infer<typeof WalletOptions> {
  /** The folder of all wallets. */
  root: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** What a verb found: `text` for people, `json` for `--json`. Neither ever holds a secret, but for a terminal's eyes. */
export interface WalletReport {
  ok: boolean;
  text: string;
  json: object;
}

export type WalletVerb = (operands: string[], context: WalletContext) => Promise<WalletReport>;

export const askFor =
  ({ passwordFile, env }: WalletContext): AskPassword =>
  (origin) =>
    existingPassword({ file: passwordFile, env }, origin);
