import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, rm } from "node:fs/promises";
import { prepareSubnet } from "../../actors/loaded-subnet.ts";
import { simulate } from "../../actors/simulation/simulate.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { openLedger } from "../../ledger/open.ts";
import type { CaseResult } from "../../protocol/isolate.ts";
import type { Metagraph } from "../../protocol/metagraph.ts";
import type { Standing } from "../../protocol/standing.ts";
import type { AnswerKind, DrawnTask, ProgramKind, Subnet } from "../../protocol/subnet.ts";
import { randomOf } from "../../subnets/longcontext/random.ts";

const root = new URL("../../", import.meta.url);
const page = await Bun.file(new URL("docs/writing-a-subnet.md", root)).text();
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text]) => text as string,
  );
const source = blocks("ts").join("\n");

// One folder below the root, as the page says, and out of the way of every other tool.
const folder = new URL(`.orrery/docs-${process.pid}/`, root);
const file = new URL(`../receipts-${process.pid}.ts`, folder);
const modelFile = new URL(`../stories-${process.pid}.ts`, folder);
let subnet: Subnet;
let stories: Subnet;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  await Bun.write(file, source);
  subnet = (await import(file.href)).receipts;
  await Bun.write(modelFile, blocks("typescript").join("\n"));
  stories = (await import(modelFile.href)).stories;
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(file, { force: true });
  await rm(modelFile, { force: true });
});

const draw = (seed: string, params: object = {}): DrawnTask[] =>
  subnet.draw({ round: 1, seed, random: randomOf(seed), params: subnet.params.parse(params), dataset: {} });

const result = (output: unknown): CaseResult => ({
  outcome: "ok",
  output: output as never,
  stdout: "",
  stderr: "",
  usage: { wallMs: 1, cpuMs: null, fuel: null, peakBytes: null },
});

describe("the subnet of docs/writing-a-subnet.md", () => {
  test("has less than 100 lines of code", () => {
    expect(source.split("\n").filter((line) => line.trim() !== "").length).toBeLessThan(100);
  });

  test("satisfies the compiler at its strictest", async () => {
    const config = new URL("tsconfig.json", folder);
    const options = {
      extends: "../../tsconfig.json",
      files: [`../receipts-${process.pid}.ts`, `../stories-${process.pid}.ts`],
      include: [],
      exclude: [],
    };
    await Bun.write(config, JSON.stringify(options));
    const tsc = Bun.spawnSync([
      Bun.fileURLToPath(new URL("node_modules/.bin/tsc", root)),
      "-p",
      Bun.fileURLToPath(config),
    ]);
    expect(tsc.stdout.toString()).toBe("");
    expect(tsc.exitCode).toBe(0);
  }, 60_000);

  test("draws the same valid tasks from the same seed, others from another", () => {
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a")).not.toEqual(draw("b"));
    for (const task of draw("a", { receipts: 9 })) {
      const kind = subnet.kinds[task.kind];
      expect(kind.public.parse(task.public)).toEqual(task.public);
      expect(kind.sealed.parse(task.sealed)).toEqual(task.sealed);
    }
  });

  test("judges programs by their outputs", () => {
    const task = draw("c").find(({ kind }) => kind === "total") as DrawnTask<unknown, { cents: number[] }>;
    const kind = subnet.kinds.total as ProgramKind;
    const { cents } = task.sealed;
    expect(kind.run(task).cases).toHaveLength(cents.length);
    expect(JSON.stringify(kind.run(task))).not.toContain(JSON.stringify(cents));
    expect(kind.score({ task, cases: cents.map(result) })).toEqual({ outcome: "ok", accuracy: 1, reward: 1 });
    const half = cents.map((sum, at) => result(at % 2 === 0 ? sum : String(sum)));
    expect(kind.score({ task, cases: half }).accuracy).toBe(0.5);
    expect(kind.score({ task, cases: [] }).accuracy).toBe(0);
  });

  test.skipIf(Bun.which("python3") === null)("the miner's program on the page earns everything", () => {
    const task = draw("d", { receipts: 50 }).find(({ kind }) => kind === "total") as DrawnTask;
    const kind = subnet.kinds.total as ProgramKind;
    const python = Bun.spawnSync(
      [
        "python3",
        "-I",
        "-c",
        `${blocks("python")[0]}\nimport json, sys\nprint(json.dumps([total(r) for r in json.load(sys.stdin)]))`,
      ],
      { stdin: Buffer.from(JSON.stringify(kind.run(task).cases)) },
    );
    const outputs: unknown[] = JSON.parse(python.stdout.toString());
    expect(kind.score({ task, cases: outputs.map(result) })).toEqual({
      outcome: "ok",
      accuracy: 1,
      reward: 1,
    });
  });

  test("is simulated by the command of the page: half of the miners earn all, and the weights are theirs", async () => {
    const [command] = blocks("sh").filter((text) => text.includes(" simulate "));
    const [, , verb, ...args] = command!
      .trim()
      .replace("./subnets/receipts.ts", Bun.fileURLToPath(file))
      .split(" ");
    const smaller = ["--miners", "6", "--validators", "1", "--hours", "1", "--json"];
    const main = Bun.fileURLToPath(new URL("cli/main.ts", root));
    const ran = Bun.spawn([process.execPath, main, verb!, ...args, ...smaller], { stdout: "pipe" });
    const report = await new Response(ran.stdout).json();
    expect(report.outcomes).toEqual({ ok: expect.any(Number), wrong: expect.any(Number) });
    const rewards = report.standings.map(({ reward }: Standing) => reward);
    expect(new Set(rewards)).toEqual(new Set([1, 0]));
    expect(report.weights[0].vector.uids).toHaveLength(
      rewards.filter((reward: number) => reward === 1).length,
    );
  }, 60_000);

  test("the answerer of the page names the dearest item", async () => {
    const module = new URL("dearest.ts", folder);
    await Bun.write(module, blocks("js")[0]!);
    const task = draw("f").find(({ kind }) => kind === "dearest") as DrawnTask<unknown, { item: string }>;
    const [part] = task.content!;
    const { answer } = await import(module.href);
    const said = await Array.fromAsync<string>(answer({ text: (part as { text: string }).text }));
    expect(said).toEqual([task.sealed.item]);
  });

  test("judges answers, ranks miners and weighs them", () => {
    const task = draw("e").find(({ kind }) => kind === "dearest") as DrawnTask<unknown, { item: string }>;
    const kind = subnet.kinds.dearest as AnswerKind;
    const usage = { firstTokenMs: 1, totalMs: 1, chunks: 1, bytes: 1 };
    const texts = [` ${task.sealed.item.toUpperCase()}\n`, "everything"];
    const neurons = texts.map((_, uid) => ({
      uid,
      hotkey: `5${uid + 1}`.padEnd(48, "x"),
      coldkey: "5".padEnd(48, "x"),
      stake: 0,
      validatorPermit: false,
      registeredAt: 0,
      lastUpdate: 0,
    }));
    const params = subnet.params.parse({});
    const standings = neurons.map(({ uid, hotkey }): Standing => {
      const verdict = kind.score({ task, answer: { text: texts[uid] as string, usage } });
      const fresh: Standing = { uid, hotkey, rounds: 0, jobs: 0, accuracy: 0, reward: 0, outcomes: {} };
      return subnet.rank(
        fresh,
        { round: 1, scores: [{ ...verdict, task: task.id, kind: task.kind }] },
        params,
      );
    });
    expect(standings.map(({ outcomes }) => outcomes)).toEqual([{ ok: 1 }, { wrong: 1 }]);
    const metagraph: Metagraph = { netuid: 1, block: 1, hash: "0x0", neurons };
    expect([...subnet.weigh({ standings, metagraph, params })]).toEqual([[0, 1]]);
  });
});

test("the subnet of the page that challenges models pays those that serve it, and nobody else", async () => {
  const report = await simulate({
    subnet: prepareSubnet(stories),
    script: {
      model: ({ nth }) => ({
        conduct: nth === 0 ? "honest" : "other-model",
        ...{ prefillTokensPerSecond: 10_000, tokensPerSecond: 50 },
      }),
    },
    ...{ miners: 2, validators: 1, hours: 0.1, seed: "page", roundBlocks: 100, log: silentLogger },
    openLedger: (world) => openLedger(":memory:", { clock: world.clock }),
  });
  const told = report.standings.map(({ miner, outcomes, reward }) => [miner, outcomes, reward > 0]);
  expect(told).toEqual([
    ["miner-0", { ok: 1 }, true],
    ["miner-1", { wrong: 1 }, false],
  ]);
});
