/**
 * What serving a model adds: from the token's making in one process over NATS and through the gateway to an HTTP client, each
 * in a process of its own as in use.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { factsIn } from "../../models/associative/facts.fixture.ts";
import { commonTokens } from "../../models/onnx/child/reading.ts";
import { Failure } from "../../protocol/failure.ts";
import { NatsServer } from "../../runtime/launcher/nats-server.ts";
import { embeddedModel } from "../provision/embedded-models.ts";
import { currentNatsServer } from "../provision/nats.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { type BenchRow, median } from "./row.ts";
import { schedulerCostRows } from "./scheduler-cost.ts";
import { TICK_MS, TICKING } from "./ticking-model.ts";

const STREAMS = 1_000;
/** So long that asking a thousand times at its beginning is a small part of it. */
const SECONDS = 12;
const ALONE_ROUNDS = 5;
const ALONE_TOKENS = 150;
const PREFIX_TOKENS = 131_072;
const PREFIXES = 8;
const CONTEXT_TOKENS = 2_000_000;
const FACTS = 256;

export async function servingRows(): Promise<BenchRow[]> {
  const found = await currentNatsServer();
  if (found.missing !== undefined) {
    throw new Failure("config", `no nats-server to measure: ${found.missing}`, {
      hint: "Run `npm test` once on a machine with Python: it fetches one.",
    });
  }
  const nats = await NatsServer.start({ binary: found.path });
  const associative = await embeddedModel("associative");
  const model = await start("model", nats.url, ...(associative.path === undefined ? [] : [associative.path]));
  const gateway = await start("gateway", nats.url);
  const raw = await start("raw", nats.url);
  try {
    await untilServed(gateway.url);
    return [
      ...(await relayRows(gateway.url, raw.url)),
      ...(await longContextRows(nats.url, model.pid)),
      prefixRow(),
      ...(await schedulerCostRows()),
    ];
  } finally {
    for (const child of [model, gateway, raw]) await child.stop();
    await nats.stop();
  }
}

async function relayRows(url: string, rawUrl: string): Promise<BenchRow[]> {
  // What is measured is a server that has been at work, not one that has just started.
  await client(url, 100, 100);
  const tokens = (SECONDS * 1_000) / TICK_MS;
  const many = await client(url, STREAMS, tokens);
  const pace = STREAMS * (1_000 / TICK_MS);
  const rate = (STREAMS * tokens) / (many.tookMs / 1_000);
  const { whole } = many;
  await client(rawUrl, 100, 100);
  // In turns, so that what slows the machine down slows both.
  const rounds: { floor: number; ours: number }[] = [];
  for (let round = 0; round < ALONE_ROUNDS; round++) {
    const [floor, ours] = [await client(rawUrl, 1, ALONE_TOKENS), await client(url, 1, ALONE_TOKENS)];
    rounds.push({ floor: floor.medianUs, ours: ours.medianUs });
  }
  const floor = median(rounds.map((round) => round.floor));
  const addedUs = median(rounds.map((round) => round.ours - round.floor));
  return [
    {
      name: "one token from model node over NATS and gateway to an HTTP client, p50; nats.js and Bun's HTTP alone beside it",
      ...{ value: floor + addedUs, unit: "µs", floor, ratio: (floor + addedUs) / floor },
      goal: "≤ 250 µs added",
      holds: addedUs <= 250,
    },
    row(`whole streams of ${STREAMS} at once`, whole, "streams", `all ${STREAMS}`, whole === STREAMS),
    row("tokens relayed meanwhile", rate, "tokens/s", `≥ 0.95 × ${pace}`, rate >= 0.95 * pace),
  ];
}

async function client(url: string, streams: number, tokens: number) {
  const script = fileURLToPath(new URL("./serving-client.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, script, url, String(streams), String(tokens)], {
    // By default Bun's fetch keeps all but 256 requests waiting.
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "4000" },
    stdout: "pipe",
    stderr: "inherit",
  });
  const said = await new Response(child.stdout).text();
  return JSON.parse(said) as { whole: number; tookMs: number; medianUs: number };
}

/** A question about two million tokens: read from a file by one node, answered by the model of another. */
async function longContextRows(natsUrl: string, modelPid: number): Promise<BenchRow[]> {
  using folder = tempFolder();
  const { text, latest } = factsIn({ tokens: CONTEXT_TOKENS, facts: FACTS, seed: 5 });
  const [key, value] = [...latest][FACTS >> 1]!;
  const file = join(folder.path, "context.txt");
  await Bun.write(file, text);
  const before = await residentOf(modelPid);
  let most = before;
  const sampling = setInterval(async () => {
    most = Math.max(most, await residentOf(modelPid));
  }, 20);
  const script = fileURLToPath(new URL("./serving-asker.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, script, natsUrl, file, `\nThe code of ${key} :=`], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const said = JSON.parse(await new Response(child.stdout).text()) as Asked;
  clearInterval(sampling);
  const right = said.text.trim() === value.trim();
  const seconds = said.firstMs / 1_000;
  const growth = Math.max(said.growthBytes, most - before) / 2 ** 20;
  const what = `${said.tokens.toLocaleString("en-US")} tokens, a blob of node A → model of node B`;
  return [
    row(
      `${what}: first token back${right ? "" : " (wrong answer)"}`,
      seconds,
      "s",
      "≤ 12 s, the right answer",
      right && seconds <= 12,
    ),
    row(
      `${what}: resident growth besides the model, the larger node`,
      growth,
      "MiB",
      "≤ 64 MiB",
      growth <= 64,
    ),
  ];
}

interface Asked {
  text: string;
  firstMs: number;
  tokens: number;
  growthBytes: number;
}

/** In bytes, as Linux tells it. */
async function residentOf(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return 1_024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
}

/** As the embedded back end looks for a prompt among those whose states it keeps. */
function prefixRow(): BenchRow {
  const prompt = Uint32Array.from({ length: PREFIX_TOKENS }, (_, n) => (n * 2_654_435_761) % 49_152);
  const kept = Array.from({ length: PREFIXES }, () => prompt.slice());
  const lookups = Array.from({ length: 20 }, () => {
    const began = Bun.nanoseconds();
    if (kept.some((each) => commonTokens(each, prompt) < PREFIX_TOKENS)) throw new Error("not found");
    return (Bun.nanoseconds() - began) / 1e6;
  });
  const lookupMs = median(lookups);
  const name = `prefix look-up of 131,072 tokens among ${PREFIXES} that begin alike`;
  return row(name, lookupMs, "ms", "≤ 2 ms", lookupMs <= 2);
}

const row = (name: string, value: number, unit: string, goal: string, holds: boolean): BenchRow => ({
  ...{ name, value, unit, goal, holds },
  floor: null,
  ratio: null,
});

async function start(role: string, natsUrl: string, ...rest: string[]) {
  const script = fileURLToPath(new URL("./serving-node.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, script, role, natsUrl, ...rest], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  let said = "";
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk);
    if (said.includes("\n")) break;
  }
  const { url = "" } = JSON.parse(said) as { url?: string };
  const stop = async () => {
    await child.stdin.end();
    await child.exited;
  };
  return { url, pid: child.pid, stop };
}

async function untilServed(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { data } = (await (await fetch(`${url}/models`)).json()) as { data: { id: string }[] };
    if (data.some(({ id }) => id === TICKING)) return;
    await Bun.sleep(50);
  }
  throw new Error("the model was not heard of");
}
