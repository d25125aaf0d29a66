/** One frame of every type, as golden files: the header line exactly as it travels. */
import { encodeEnvelope, type FrameHeader, type FrameType } from "../../protocol/envelope.ts";
import { FAILURE_SCHEMA, STREAM_END_SCHEMA } from "../../protocol/schema-names.ts";
import { SAMPLES } from "./samples.ts";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const bodyOf = (schema: string): unknown => SAMPLES.get(schema)?.[0];
const job = "longcontext/12/code-3/u17-0123456789abcdef/1";

const shared = { version: 1, sender: "validator-3", deadline: 1_790_000_000_000, trace: TRACE };
const answer = { correlation: "c1", causation: "m1", sender: "miner-17", version: 1 };
const stream = { version: 1, id: "s1" };

const FRAMES: Record<FrameType, readonly [Omit<FrameHeader, "type">, unknown]> = {
  call: [{ ...shared, schema: "miner.submission.input", id: "m1" }, bodyOf("miner.submission.input")],
  ok: [{ ...answer, schema: "miner.submission.output", id: "m2" }, bodyOf("miner.submission.output")],
  err: [{ ...answer, schema: FAILURE_SCHEMA, id: "m3" }, bodyOf(FAILURE_SCHEMA)],
  event: [{ schema: "sandbox.idle.input", id: "m4", version: 1, sender: "n" }, bodyOf("sandbox.idle.input")],
  job: [
    { ...shared, schema: "sandbox.run.input", id: job, correlation: "round-12", causation: "m1" },
    bodyOf("sandbox.run.input"),
  ],
  open: [{ ...shared, schema: "miner.answer.input", id: "s1", seq: 16 }, bodyOf("miner.answer.input")],
  chunk: [
    { ...stream, schema: "blobs.read.output", sender: "validator-3", seq: 0 },
    new TextEncoder().encode("raw bytes\nof two lines: grüße"),
  ],
  credit: [{ ...stream, schema: "blobs.read.input", sender: "miner-17", seq: 32 }, undefined],
  end: [
    { ...stream, schema: "blobs.read.output", sender: "validator-3", seq: 1_000_000 },
    bodyOf(STREAM_END_SCHEMA),
  ],
  cancel: [{ ...stream, schema: "blobs.read.input", sender: "miner-17", seq: 7 }, undefined],
};

/** Frame type to the text of one message. */
export const frameTexts = (): ReadonlyMap<FrameType, string> =>
  new Map(
    Object.entries(FRAMES).map(([type, [header, body]]): [FrameType, string] => [
      type as FrameType,
      new TextDecoder().decode(
        encodeEnvelope({ type: type as FrameType, ...header }, body, { maxBytes: 65_536 }),
      ),
    ]),
  );
