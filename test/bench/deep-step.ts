/**
 * Run as a process of its own: the median milliseconds of one step of decoding deep in a context. Arguments: the way into
 * ONNX Runtime, the graph, threads, depth.
 */
import { openCSession } from "../../models/onnx/c-api/session.ts";
import { ortLibrary } from "../../models/onnx/library.ts";
import { openNSession } from "../../models/onnx/n-api/session.ts";
import { Sequence } from "../../models/onnx/sequence.ts";
import { stateSize } from "../../models/onnx/state-layout.ts";
import { median, timed } from "./row.ts";

const STEPS = 16;
const [route, graph = "", threads, depth] = process.argv.slice(2);
const options = { graph, threads: Number(threads), spin: false, device: "cpu" as const };
const session =
  route === "c-api" ? openCSession({ ...options, library: ortLibrary() }) : await openNSession(options);

// A state of zeros: what is in it does not change how long a step takes.
const read = Number(depth);
const sequence = new Sequence(session, read + STEPS + 1);
const parts = session.shape.states.map((state) => ({
  state,
  length: read,
  data: new Uint8Array(stateSize(state, read)),
}));
sequence.put(parts, read);
const took: number[] = [];
for (let step = 0; step < STEPS; step++)
  took.push(await timed(() => sequence.feed(Uint32Array.of(300 + step), [0])));
console.log(median(took));
sequence.close();
await session.close();
