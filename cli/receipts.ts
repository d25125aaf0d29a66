/** `bun run receipts verify|show`: what tool calls of programs came to, checked with nothing but the receipts themselves. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { verifySignature } from "../chain/keys/index.ts";
import { digest } from "../protocol/canonical.ts";
import { Failure } from "../protocol/failure.ts";
import type { ModelCard } from "../protocol/model.ts";
import { ReceiptBook } from "../protocol/receipt.ts";
import { type AnsweredBy, ToolReceiptDetail } from "../protocol/tools.ts";
import { cardsOf, type ReceiptsVerdict, verifyReceipts } from "../sandbox/tools/verify-receipts.ts";
import { type CommandInfo, helpText } from "./options/help.ts";
import { option, parseOptions } from "./options/options.ts";
import { table } from "./terminal/table.ts";

const Options = z.object({
  signer: option(z.string().max(64).optional(), {
    description: "verify: the SS58 address that must have signed. Without it, one and the same must have.",
    placeholder: "SS58",
  }),
  json: option(z.boolean().default(false), { description: "Print one JSON object." }),
});
type Options = z.infer<typeof Options>;

const info: CommandInfo = {
  name: "receipts",
  summary: "Checks and shows receipts of tool calls, offline.",
  usage: "bun run receipts verify FILE|DIR [options]   |   bun run receipts show FILE",
  schema: Options,
  examples: [
    { command: "bun run receipts verify receipts.json", what: "Chain, signatures, prices, sums and budget." },
    {
      command: "bun run receipts verify .orrery/blobs",
      what: "Every book in the folder, with the requests and answers that lie beside it.",
    },
    {
      command: "bun run receipts show receipts.json",
      what: "One line for each call, and the models that answered.",
    },
  ],
};
const help = () =>
  [
    helpText(info),
    "",
    "Exit codes: 0 everything holds, 1 something does not, and is named, 2 wrong usage.",
  ].join("\n");

/** Canonical JSON sorts its members, so that every book begins like this. */
const BEGINNING = Buffer.from('{"receipts":[{');
const MOST_FILES = 1_000_000;
const SHOWN_DIGITS = 12;

export async function run(args: string[]): Promise<number> {
  const {
    options,
    positionals,
    help: asked,
  } = parseOptions(Options, { args, env: process.env, operands: true });
  if (asked) {
    console.log(help());
    return 0;
  }
  const [verb, path, ...more] = positionals;
  if ((verb !== "verify" && verb !== "show") || path === undefined || more.length > 0) {
    throw new Failure("config", "say verify or show, and one FILE", {
      hint: "See `bun run receipts --help`.",
    });
  }
  return verb === "show" ? await show(path, options) : await verify(path, options);
}

async function verify(path: string, { signer, json }: Options): Promise<number> {
  const folder = (await exists(path)).isDirectory();
  const found: { file: string; verdict: ReceiptsVerdict }[] = [];
  const tell = (file: string, verdict: ReceiptsVerdict) => {
    found.push({ file, verdict });
    if (!json) console.log(line(file, verdict));
  };
  const { books, changed } = folder ? await searched(path) : { books: [path], changed: [] };
  for (const file of changed) {
    tell(file, { ok: false, receipt: null, reason: "the file is not what its name is the digest of" });
  }
  for (const file of books) {
    const verdict = await verifyReceipts(await readFile(file), {
      verify: (address, message, signature) => verifySignature(address, message, signature),
      signer,
      ...(folder ? { text: (digest: string) => blobOf(path, digest) } : {}),
    });
    tell(file, verdict);
  }
  if (found.length === 0) {
    throw new Failure("config", `there are no receipts in ${path}`, {
      hint: "A node keeps them among its blobs.",
    });
  }
  const ok = found.every(({ verdict }) => verdict.ok);
  if (json) {
    console.log(JSON.stringify({ ok, books: found.map(({ file, verdict }) => ({ file, ...verdict })) }));
  }
  return ok ? 0 : 1;
}

function line(file: string, verdict: ReceiptsVerdict): string {
  if (!verdict.ok) {
    const at = verdict.receipt === null ? "" : `receipt ${verdict.receipt}: `;
    return `WRONG ${file}: ${at}${verdict.reason}`;
  }
  const { session, calls, failed, spent, signer, texts } = verdict;
  const compared = texts > 0 ? `, ${texts} requests and answers compared` : "";
  return `ok ${file}: session ${session}, ${calls} calls (${failed} failed), ${usd(spent.nanoUsd)}${compared}, signed by ${signer}`;
}

async function show(path: string, { json }: Options): Promise<number> {
  await exists(path);
  const parsed = ReceiptBook.safeParse(
    await Bun.file(path)
      .json()
      .catch(() => undefined),
  );
  if (!parsed.success) throw new Failure("config", `${path} holds no receipts`);
  if (json) {
    console.log(JSON.stringify(parsed.data));
    return 0;
  }
  const rows = parsed.data.receipts.flatMap(({ seq, kind, failure, cost, detail }) => {
    const call = ToolReceiptDetail.safeParse(detail);
    return [{ seq, kind, failure, cost, call: call.success ? call.data : undefined }];
  });
  console.log(
    table(
      [
        { name: "nr", align: "right", cell: ({ seq }) => String(seq) },
        { name: "what", cell: ({ kind }) => kind },
        { name: "from", cell: ({ call }) => call?.provider ?? call?.origin ?? "" },
        { name: "answered by", cell: ({ call }) => modelLine(call?.answeredBy) },
        { name: "outcome", cell: ({ failure, call }) => (call === undefined ? "" : (failure ?? "ok")) },
        { name: "found", align: "right", cell: ({ call }) => String(call?.results.length || "") },
        { name: "tokens", align: "right", cell: ({ cost }) => String(cost?.tokens || "") },
        { name: "cost", align: "right", cell: ({ cost }) => (cost?.nanoUsd ? usd(cost.nanoUsd) : "") },
        { name: "ms", align: "right", cell: ({ call }) => String(call?.wallMs ?? "") },
      ],
      rows,
    ),
  );
  for (const card of cardsOf(parsed.data)) console.log(cardLine(card));
  return 0;
}

/** What is only said is told apart from what was looked at. */
function modelLine(by: AnsweredBy | undefined): string {
  if (by === undefined) return "";
  const { source, model, card, fingerprint } = by;
  const shown = card?.slice(0, SHOWN_DIGITS) ?? fingerprint;
  return `${model}${shown === undefined ? "" : ` ${shown}`}${source === "server" ? ", as its server says" : ""}`;
}

function cardLine(card: ModelCard): string {
  const versions = Object.entries(card.versions).map(([name, version]) => `${name} ${version}`);
  const weights = card.weights === null ? "weights unknown" : `weights ${card.weights}`;
  const by = [card.backend, card.dtype, card.device, ...versions].join(", ");
  return `card ${digest(card).slice(0, SHOWN_DIGITS)}: ${card.id} (${card.revision}) by ${by}; ${weights}`;
}

const usd = (nano: number): string => `$${(nano / 1e9).toFixed(6)}`;

async function exists(path: string) {
  try {
    return await stat(path);
  } catch {
    throw new Failure("config", `there is no file ${path}`, { hint: "Check the path." });
  }
}

/** Files that begin like a book, and files that are not what their name says: what was a book may begin otherwise now. */
async function searched(folder: string): Promise<{ books: string[]; changed: string[] }> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  if (entries.length > MOST_FILES) {
    throw new Failure("config", `there are more than ${MOST_FILES} files in ${folder}`);
  }
  const [books, changed]: [string[], string[]] = [[], []];
  for (const { parentPath, name } of entries) {
    const path = join(parentPath, name);
    const file = Bun.file(path);
    const start = await file.slice(0, BEGINNING.length).bytes();
    if (/^[0-9a-f]{64}$/.test(name) && (await sha256(file)) !== name) changed.push(path);
    else if (BEGINNING.equals(start)) books.push(path);
  }
  return { books: books.sort(), changed: changed.sort() };
}

async function sha256(file: Bun.BunFile): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of file.stream()) hasher.update(chunk);
  return hasher.digest("hex");
}

/** A blob by its digest, as directories of blobs have it, or flat. */
async function blobOf(folder: string, digest: string): Promise<Uint8Array | undefined> {
  for (const path of [join(folder, digest.slice(0, 2), digest), join(folder, digest)]) {
    const file = Bun.file(path);
    if (await file.exists()) return await file.bytes();
  }
  return undefined;
}
