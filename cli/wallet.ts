/** `bun run wallet new|show|list|sign|verify`: wallets in the format of Bittensor's own tools. */
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure } from "../protocol/failure.ts";
import { type CommandInfo, helpText } from "./options/help.ts";
import { parseOptions } from "./options/options.ts";
import { newWallet } from "./wallet/new.ts";
import { list, show } from "./wallet/show.ts";
import { signMessage, verifyMessage } from "./wallet/sign.ts";
import { WalletOptions, type WalletVerb } from "./wallet/verb.ts";

const info: CommandInfo = {
  name: "wallet",
  summary: "Makes, shows and uses wallets that Bittensor's own tools read, and reads theirs.",
  usage: "bun run wallet new NAME | show NAME | list | sign NAME | verify NAME|ADDRESS SIGNATURE [options]",
  examples: [
    {
      command: "bun run wallet new val",
      what: "A coldkey with a password and the hotkey `default`. With a wallet that exists: one more hotkey.",
    },
    { command: "bun run wallet new val --hotkey second", what: "Another hotkey for it." },
    { command: "bun run wallet sign val --message hello", what: "Signs the bytes with the hotkey." },
    {
      command: "bun run wallet verify 5Grw… 0x… --message hello",
      what: "Exit 0 when the signature is that address's, 1 when it is not.",
    },
  ],
  schema: WalletOptions,
};

const VERBS: Record<string, { takes: number; run: WalletVerb }> = {
  new: { takes: 1, run: newWallet },
  show: { takes: 1, run: show },
  list: { takes: 0, run: list },
  sign: { takes: 1, run: signMessage },
  verify: { takes: 2, run: verifyMessage },
};

/** Exit codes: 0 done, 1 a signature that does not hold or a failure, 2 a wrong command line or file. */
export async function run(args: string[]): Promise<number> {
  const { options, positionals, help } = parseOptions(WalletOptions, {
    args,
    env: process.env,
    operands: true,
  });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const [name = "", ...operands] = positionals;
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  // What was typed is not repeated: it may be a password that somebody took for an operand.
  if (verb === undefined || operands.length !== verb.takes)
    throw new Failure("config", verb === undefined ? "Which verb?" : `wallet ${name} takes other operands`, {
      hint: `Usage: ${info.usage}`,
    });
  const report = await verb.run(operands, {
    ...options,
    root: rootOf(options.path ?? process.env.BT_WALLET_PATH),
    env: process.env,
  });
  console.log(options.json ? JSON.stringify(report.json) : report.text);
  return report.ok ? 0 : 1;
}

function rootOf(path: string | undefined): string {
  if (!path) return join(homedir(), ".bittensor", "wallets");
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}
