/** The devnet's process: how fast it is ready, and whether 200 subscribers see every head, at pace and in a burst. */
import { startDevnet } from "../support/devnet.ts";
import { until } from "../support/until.ts";
import { atMost, type BenchRow, median } from "./row.ts";

const SUBSCRIBERS = 200;
const BLOCK_MS = 50;
const PACED = 60;
const BURST = 300;
const STARTS = 5;
const READY_MS = 1_000;
const PATIENCE_MS = 30_000;

/** Rows of `bun run bench devnet --only subscribers`. */
export async function subscriberRows(): Promise<BenchRow[]> {
  return [await readyRow(), ...(await headRows())];
}

async function readyRow(): Promise<BenchRow> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const began = performance.now();
    await using _devnet = await startDevnet();
    times.push(performance.now() - began);
  }
  return atMost("devnet, process start to ready", median(times), READY_MS);
}

async function headRows(): Promise<BenchRow[]> {
  await using devnet = await startDevnet({ args: ["--block-time", `${BLOCK_MS}ms`] });
  const subscribers = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => subscribe(devnet.url)));
  const reached = (number: number) => () =>
    subscribers.every(({ seen }) => (seen.at(-1)?.number ?? 0) >= number);
  const from = Math.max(...subscribers.map(({ seen }) => seen[0]?.number ?? 0));
  await until(reached(from + PACED), "all subscribers saw the heads at pace", PATIENCE_MS);
  const spread = spreadOf(subscribers, from + 1, from + PACED);
  const { number } = (await devnet.rpc("devnet_advance", BURST)) as { number: number };
  await until(reached(number), "all subscribers saw the burst", PATIENCE_MS);
  const missed = subscribers.reduce((sum, { seen }) => sum + gapsOf(seen), 0);
  for (const { socket } of subscribers) socket.close();
  return [
    {
      name: `heads missed by ${SUBSCRIBERS} subscribers, ${PACED} at ${BLOCK_MS} ms and ${BURST} at once`,
      value: missed,
      unit: "heads",
      floor: null,
      ratio: null,
      goal: "0 heads",
      holds: missed === 0,
    },
    atMost(`head at the first of ${SUBSCRIBERS} subscribers to the last, median`, spread, BLOCK_MS),
  ];
}

interface Subscriber {
  socket: WebSocket;
  seen: { number: number; at: number }[];
}

/** Resolves when its first head is there. */
function subscribe(url: string): Promise<Subscriber> {
  const socket = new WebSocket(url);
  const seen: Subscriber["seen"] = [];
  return new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error("a subscriber could not connect"));
    socket.onopen = () =>
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "chain_subscribeNewHeads", params: [] }));
    socket.onmessage = ({ data }) => {
      const { params } = JSON.parse(String(data)) as { params?: { result: { number: string } } };
      if (params === undefined) return;
      seen.push({ number: Number(params.result.number), at: performance.now() });
      if (seen.length === 1) resolve({ socket, seen });
    };
  });
}

const gapsOf = (seen: Subscriber["seen"]): number =>
  seen.reduce(
    (gaps, { number }, index) => gaps + Math.max(0, number - (seen[index - 1]?.number ?? number - 1) - 1),
    0,
  );

/** Milliseconds between the first and the last subscriber that saw a head; the median over the heads. */
function spreadOf(subscribers: readonly Subscriber[], from: number, to: number): number {
  const spreads: number[] = [];
  for (let number = from; number <= to; number++) {
    const times = subscribers.flatMap(({ seen }) => seen.find((head) => head.number === number)?.at ?? []);
    spreads.push(Math.max(...times) - Math.min(...times));
  }
  return median(spreads);
}
