/** `bun run ledger verify|rebuild|show|backup|restore`: an operator's hands on the ledger. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { backup, restore } from "../ledger/backup.ts";
import type { Ledger, LedgerEvent } from "../ledger/ledger.ts";
import { DEFAULT_LEDGER, isPostgres, openLedger } from "../ledger/open.ts";
import { Failure } from "../protocol/failure.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { type CommandInfo, helpText } from "./options/help.ts";
import { option, parseOptions } from "./options/options.ts";
import { createProgress, type Progress } from "./terminal/progress.ts";
import { table } from "./terminal/table.ts";

const MAX_SHOWN = 1_000;
const MAX_OPEN_SHOWN = 10_000;

const Options = z.object({
  ledger: option(z.string().min(1).max(1_000).default(DEFAULT_LEDGER), {
    description: "A SQLite file, or postgres://user:password@host/database.",
    placeholder: "PATH|URL",
    secret: true,
  }),
  after: option(z.number().int().nonnegative().optional(), {
    description: "show: events after this position; the newest when left out.",
    placeholder: "SEQ",
  }),
  limit: option(z.number().int().min(1).max(MAX_SHOWN).default(20), {
    description: "show: at most so many events.",
    placeholder: "N",
  }),
  subnet: option(z.string().max(64).optional(), {
    description: "show: events of this subnet.",
    placeholder: "NAME",
  }),
  type: option(z.array(z.string().max(64)).max(64).optional(), {
    description: "show: events of these types, e.g. job.concluded,weights.set.",
    placeholder: "TYPE,…",
  }),
  head: option(
    z
      .string()
      .regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits")
      .optional(),
    {
      description: "verify: the chain must also contain this hash, e.g. the head noted elsewhere.",
      placeholder: "HASH",
    },
  ),
  force: option(z.boolean().default(false), {
    description: "backup, restore: replace what is there.",
  }),
  json: option(z.boolean().default(false), { description: "Print one JSON object." }),
});
type Options = z.infer<typeof Options>;

const info: CommandInfo = {
  name: "ledger",
  summary: "Checks, shows, backs up and restores a ledger. All but restore may run while nodes use it.",
  usage: "bun run ledger verify | rebuild [NAME] | show | backup FILE | restore FILE [options]",
  examples: [
    {
      command: "bun run ledger verify",
      what: "Recompute every hash; exit 1 and the first bad event if one fails.",
    },
    { command: "bun run ledger show --type weights.set --limit 5", what: "The last five weight sets." },
    { command: "bun run ledger backup ledger.jsonl", what: "Portable lines of JSON, for either store." },
    {
      command: "bun run ledger backup ledger.sqlite",
      what: "A copy of the SQLite file, taken while it is in use.",
    },
    {
      command: "bun run ledger restore ledger.jsonl --ledger postgres://orrery@db/orrery",
      what: "Move a ledger from SQLite to PostgreSQL.",
    },
  ],
  schema: Options,
};

/** What a verb found: `text` for people, `json` for `--json`. */
interface Report {
  ok: boolean;
  text: string;
  json: object;
}
type Verb = (argument: string | undefined, options: Options, progress: Progress) => Promise<Report>;

const VERBS: Record<string, Verb> = {
  verify: (_, options, progress) =>
    withLedger(options, async (ledger) => {
      const verdict = await ledger.verify({ onProgress: steps(progress, "checking the chain") });
      if (!verdict.ok)
        return {
          ok: false,
          text: `event ${verdict.seq} does not fit: ${verdict.reason}. Restore a backup: bun run ledger restore FILE --force`,
          json: verdict,
        };
      const head = await ledger.head();
      if (options.head !== undefined && !(await contains(ledger, options.head)))
        return {
          ok: false,
          text: `the chain is whole, but does not contain ${options.head}: events are missing at its end, or it is another chain`,
          json: {
            ok: false,
            events: verdict.events,
            head: head.hash,
            reason: "the given head is not in the chain",
          },
        };
      return {
        ok: true,
        text: `${verdict.events} events, every hash fits, head ${head.hash}`,
        json: { ...verdict, head: head.hash },
      };
    }),
  rebuild: (name, options) =>
    withLedger(options, async (ledger) => {
      await ledger.rebuild(name);
      return {
        ok: true,
        text: `${name ?? "all projections"} will be folded from the first event at the next start of a node`,
        json: { ok: true, projection: name ?? null },
      };
    }),
  show: (_, options) =>
    withLedger(options, async (ledger) => {
      const [head, events, open] = [
        await ledger.head(),
        await chosen(ledger, options),
        await ledger.effects({ limit: MAX_OPEN_SHOWN }),
      ];
      const effects = `${open.length}${open.length === MAX_OPEN_SHOWN ? " or more" : ""} effects to be done`;
      return {
        ok: true,
        text: `${eventTable(events)}\n\n${head.seq} events, ${effects}, head ${head.hash}`,
        json: { head, openEffects: open.length, events },
      };
    }),
  backup: async (argument, { ledger, force }, progress) => {
    const file = fileOf("backup", argument);
    requireThere(ledger);
    const copied = await backup({
      ledger,
      file,
      force,
      clock: createSystemClock(),
      onProgress: steps(progress, "copying events"),
    });
    return {
      ok: true,
      text: `${file}: ${copied.events} events, checked, head ${copied.head.hash}`,
      json: { ok: true, file, ...copied },
    };
  },
  restore: async (file, { ledger, force }, progress) => {
    const restored = await restore({
      ledger,
      file: fileOf("restore", file),
      force,
      clock: createSystemClock(),
      onProgress: steps(progress, "restoring events"),
    });
    const aside = restored.replaced === undefined ? "" : `; the old ledger is ${restored.replaced}`;
    return {
      ok: true,
      text: `restored ${restored.events} events, checked, head ${restored.head.hash}${aside}`,
      json: { ok: true, ...restored },
    };
  },
};

/** The others would look at the default ledger, and tell about it as if it were the one that was named. */
const TAKE_ARGUMENT: ReadonlySet<string> = new Set(["rebuild", "backup", "restore"]);

/** Exit codes: 0 done and whole, 1 a broken chain or a failure, 2 a wrong command line. */
export async function run(args: string[]): Promise<number> {
  const { options, positionals, help } = parseOptions(Options, { args, env: process.env, operands: true });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const [name = "", argument, ...rest] = positionals;
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined || rest.length > 0)
    throw new Failure("config", name === "" ? "Which verb?" : `ledger cannot ${positionals.join(" ")}`, {
      hint: `Usage: ${info.usage}`,
    });
  if (argument !== undefined && !TAKE_ARGUMENT.has(name))
    throw new Failure("config", `ledger ${name} takes no ${JSON.stringify(argument.slice(0, 200))}`, {
      hint: "Another ledger than the default one is named with --ledger.",
    });
  const progress = createProgress({ quiet: options.json });
  try {
    const report = await verb(argument, options, progress);
    progress.done();
    if (options.json) console.log(JSON.stringify(report.json));
    else if (report.ok) console.log(report.text);
    else console.error(`orrery ledger: ${report.text}`);
    return report.ok ? 0 : 1;
  } finally {
    progress.done();
  }
}

async function withLedger<T>({ ledger: where }: Options, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  requireThere(where);
  const ledger = await openLedger(where, { clock: createSystemClock() });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** Opening would create a missing file, and an empty ledger always verifies. */
function requireThere(ledger: string): void {
  if (isPostgres(ledger) || existsSync(ledger)) return;
  throw new Failure("not-found", "There is no ledger here", {
    hint: "Give its path or URL with --ledger",
    meta: { ledger },
  });
}

function fileOf(verb: string, file: string | undefined): string {
  if (file !== undefined) return file;
  throw new Failure("config", `ledger ${verb} needs a file`, { hint: `Usage: bun run ledger ${verb} FILE` });
}

const steps = (progress: Progress, label: string) => (done: number, of: number) =>
  progress.update({ label, fraction: of === 0 ? 1 : done / of });

async function* everyPage(
  ledger: Ledger,
  options: Parameters<Ledger["read"]>[0],
): AsyncGenerator<LedgerEvent[]> {
  for (let after = options?.after ?? 0; ; ) {
    const page = await ledger.read({ ...options, after, limit: MAX_SHOWN });
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.seq ?? after;
  }
}

async function contains(ledger: Ledger, hash: string): Promise<boolean> {
  for await (const page of everyPage(ledger, {})) if (page.some((event) => event.hash === hash)) return true;
  return false;
}

/** From `--after` on, or else the newest that match. */
async function chosen(ledger: Ledger, { after, limit, subnet, type }: Options): Promise<LedgerEvent[]> {
  const filter = { ...(subnet !== undefined && { subnet }), ...(type !== undefined && { types: type }) };
  if (after !== undefined) return ledger.read({ ...filter, after, limit });
  if (subnet === undefined && type === undefined)
    return ledger.read({ after: Math.max(0, (await ledger.head()).seq - limit), limit });
  let newest: LedgerEvent[] = [];
  for await (const page of everyPage(ledger, filter)) newest = [...newest, ...page].slice(-limit);
  return newest;
}

const BODY_CHARS = 60;
const eventTable = (events: readonly LedgerEvent[]): string =>
  table<LedgerEvent>(
    [
      { name: "seq", align: "right", cell: ({ seq }) => String(seq) },
      { name: "at", cell: ({ at }) => new Date(at).toISOString() },
      { name: "subnet", cell: ({ subnet }) => subnet },
      { name: "type", cell: ({ type }) => type },
      { name: "key", cell: ({ key }) => clipped(key) },
      { name: "body", cell: ({ body }) => clipped(JSON.stringify(body)) },
    ],
    events,
  );

/** Bodies come from strangers: nothing that could steer a terminal, and not more than fits. */
function clipped(text: string): string {
  const plain = text.replace(/\p{C}/gu, "·");
  return plain.length <= BODY_CHARS ? plain : `${plain.slice(0, BODY_CHARS - 1)}…`;
}
