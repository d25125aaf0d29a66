/**
 * Speed over a real NATS server, beside nats.js itself doing the same work in the same run; sides take turns, so that
 * noise of the machine hits them alike. Both ends of everything live in this process, on two connections, but for bulk
 * streams: their ends are two processes for both sides, as in use, since one process would hash every byte twice.
 */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { event, implement, job, request, service } from "../../protocol/service.ts";
import { NatsServer } from "../../runtime/launcher/nats-server.ts";
import { PIECE_BYTES } from "../../runtime/services/stream-window.ts";
import { currentNatsServer } from "../provision/nats.ts";
import { Bulk, benchNode, CHUNK_BYTES } from "./bench-node.ts";
import { type Raw, rawNats } from "./nats-raw.ts";
import { type BenchRow, median } from "./row.ts";
import { eachUs, inParallel, rate, type Side } from "./side.ts";

const Body = z.object({ id: z.number(), text: z.string().max(1_000) });

const Bench = service(
  "bench",
  1,
  { servedBy: ["sandbox"], summary: "What the bench measures." },
  {
    echo: request(Body, Body, { calledBy: ["validator"], timeoutMs: 20_000 }),
    tell: event(Body, { calledBy: ["validator"] }),
    work: job(Body, Body, { calledBy: ["validator"], timeoutMs: 20_000 }),
  },
);

/** 128 B as JSON. */
const body = { id: 123_456, text: "x".repeat(102) };
const IN_FLIGHT = 256;
const REPEATS = 7;
const SEQUENTIAL = 1_500;
const ASKS = 20_000;
const TELLS = 60_000;
const TELL_BURST = 2_000;
const JOBS = 8_000;
const CHUNKS = 2_048;
const STREAMS = 16;
const SAMPLE_MS = 20;
const MIB = 1024 * 1024;

export async function natsRows(): Promise<BenchRow[]> {
  const found = await currentNatsServer();
  if (found.missing !== undefined) {
    throw new Failure("config", `no nats-server to measure: ${found.missing}`, {
      hint: "Run `npm test` once on a machine with Python: it fetches one.",
    });
  }
  const server = await NatsServer.start({ binary: found.path });
  const bulkEnd = await startBulkEnd(server.url);
  const raw = await rawNats(server.url, new TextEncoder().encode(JSON.stringify(body)), CHUNK_BYTES);
  const ours = await orreryOver(server.url);
  try {
    return await compare(ours, raw, () => Promise.all([process.pid, bulkEnd.pid].map(residentOf)));
  } finally {
    await Promise.all([ours.close(), raw.close()]);
    bulkEnd.kill();
    await bulkEnd.exited;
    await server.stop();
  }
}

export async function startBulkEnd(url: string): Promise<Bun.Subprocess> {
  const script = fileURLToPath(new URL("./bulk-end.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, script, url], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  for await (const said of child.stdout) if (new TextDecoder().decode(said).includes("ready")) break;
  return child;
}

/** In bytes, as Linux tells it. */
async function residentOf(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return 1_024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
}

type Figure = [
  name: string,
  unit: string,
  measure: (side: Side) => Promise<number>,
  bound: "least" | "most",
  goal: number,
  /** Where the floor is measured in another way. */
  measureFloor?: (raw: Raw) => Promise<number>,
];

async function compare(ours: Orrery, raw: Raw, resident: () => Promise<number[]>): Promise<BenchRow[]> {
  const figures: Figure[] = [
    ["ask over NATS, sequential p50", "µs", (side) => side.sequentialUs(SEQUENTIAL), "most", 1.2],
    [
      `asks over NATS, ${IN_FLIGHT} in flight`,
      "asks/s",
      (side) => side.askRate(ASKS, IN_FLIGHT),
      "least",
      0.75,
    ],
    ["tell over NATS, 128 B body", "messages/s", (side) => side.tellRate(TELLS, TELL_BURST), "least", 0.45],
    [
      `jobs over NATS, ${IN_FLIGHT} in flight`,
      "jobs/s",
      (side) => side.jobRate(JOBS, IN_FLIGHT),
      "least",
      0.6,
    ],
    [
      "bulk stream of a blob with sha256 and credit beside a raw credit stream, ends in two processes",
      "MB/s",
      (side) => side.bulkRate(CHUNKS * CHUNK_BYTES),
      "least",
      0.8,
    ],
    // The server moves messages of that size faster, for us as for raw; then a digest, which raw lacks, weighs more.
    [
      "the same, beside a raw credit stream in messages of 16 KiB, as ours are",
      "MB/s",
      (side) => side.bulkRate(CHUNKS * CHUNK_BYTES),
      "least",
      0.55,
      (raw) => raw.bulkRate(CHUNKS * CHUNK_BYTES, PIECE_BYTES),
    ],
  ];
  const rows: BenchRow[] = [];
  for (const [name, unit, measure, bound, goal, measureFloor = measure] of figures) {
    await measure(ours);
    await measureFloor(raw);
    const values: number[] = [];
    const floors: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      floors.push(await measureFloor(raw));
      values.push(await measure(ours));
    }
    const [value, floor] = [median(values), median(floors)];
    const ratio = value / floor;
    const holds = bound === "most" ? ratio <= goal : ratio >= goal;
    rows.push({
      name,
      value,
      unit,
      floor,
      ratio,
      goal: `${bound === "most" ? "≤" : "≥"} ${goal} × raw`,
      holds,
    });
  }
  const growth = await ours.growthPerStream(resident);
  const name = `resident growth per bulk stream, ${STREAMS} that flow at once, at the larger end`;
  rows.push({
    name,
    value: growth,
    unit: "MiB",
    floor: null,
    ratio: null,
    goal: "≤ 4 MiB",
    holds: growth <= 4,
  });
  return rows;
}

type Orrery = Awaited<ReturnType<typeof orreryOver>>;

export async function orreryOver(url: string) {
  const [caller, server] = await Promise.all([benchNode(url, "caller"), benchNode(url, "server")]);
  const { clock } = caller;
  let done = 0;
  let finished = () => {};
  const count = (): void => {
    if (--done === 0) finished();
  };
  const bench = implement(Bench, {
    echo: async (input) => input,
    async work(input) {
      count();
      return input;
    },
  });
  await server.serve(bench, {
    concurrency: IN_FLIGHT,
    mailbox: { capacity: 4 * IN_FLIGHT, overload: "reject" },
  });
  const client = caller.client(Bench);
  const bulk = caller.client(Bulk).read;
  server.client(Bench).tell.subscribe(count);
  await server.transport.flush();
  const expecting = (total: number): Promise<void> => {
    done = total;
    return new Promise((resolve) => {
      finished = resolve;
    });
  };
  const read = async (chunks: number): Promise<void> => {
    let bytes = 0;
    for await (const part of bulk({ chunks })) bytes += part.byteLength;
    if (bytes !== chunks * CHUNK_BYTES) throw new Error(`a stream of ${bytes} bytes`);
  };
  let jobs = 0;
  const side = {
    sequentialUs: (total: number) => eachUs(total, () => client.echo(body)),
    askRate: (total: number, inFlight: number) =>
      rate(total, () => inParallel(total, inFlight, () => client.echo(body))),
    tellRate: (total: number, burst: number) =>
      rate(total, async () => {
        const all = expecting(total);
        for (let sent = 0; sent < total; sent += burst) {
          for (let n = 0; n < burst; n++) client.tell.publish(body);
          await caller.transport.flush();
        }
        await all;
      }),
    jobRate: (total: number, inFlight: number) =>
      rate(total, async () => {
        const all = expecting(total);
        await inParallel(total, inFlight, () => client.work.enqueue(body, { id: `job-${++jobs}` }));
        await all;
      }),
    bulkRate: (bytes: number) => rate(bytes / 1e6, () => read(bytes / CHUNK_BYTES)),
    /** By how much `STREAMS` streams that flow at once raise a process' resident memory at its peak, per stream. */
    async growthPerStream(resident: () => Promise<number[]>): Promise<number> {
      await read(CHUNKS);
      Bun.gc(true);
      const before = await resident();
      const peaks = [...before];
      const look = async () => {
        for (const [end, bytes] of (await resident()).entries()) peaks[end] = Math.max(peaks[end]!, bytes);
      };
      const looking = clock.every(SAMPLE_MS, look);
      await Promise.all(Array.from({ length: STREAMS }, () => read(CHUNKS)));
      looking.cancel();
      await look();
      return Math.max(...peaks.map((peak, end) => peak - before[end]!)) / MIB / STREAMS;
    },
    async close(): Promise<void> {
      for (const end of [caller, server]) {
        end.close();
        await end.transport.close();
      }
    },
  };
  return side satisfies Side;
}
