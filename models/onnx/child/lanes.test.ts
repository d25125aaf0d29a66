import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { refusal } from "../../../test/support/rejection.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { tinyModel } from "../../../test/support/tiny-model.ts";
import { openCSession } from "../c-api/session.ts";
import { ortLibrary } from "../library.ts";
import { Lanes, type LanesOptions } from "./lanes.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const CHUNK = 4;
const tokens = (count: number, from = 3) => Uint32Array.from({ length: count }, (_, at) => from + at);

describe.skipIf(process.platform !== "linux")("lanes that take steps together", async () => {
  const graph = join(await tinyModel({ parent: temp.path }), "graph.onnx");
  const options = { graph, threads: 1, spin: false, device: "cpu" as const };
  const session = openCSession({ ...options, library: ortLibrary() });
  afterAll(() => session.close());
  const make = (changes: Partial<LanesOptions> = {}) =>
    new Lanes({
      ...{
        session,
        slots: 5,
        together: 3,
        capacity: 32,
        chunkTokens: CHUNK,
        stateBytes: 100,
        weightBytes: 1,
      },
      ...changes,
    });
  const take = (lanes: Lanes, prompt = tokens(4), reserved = 1) =>
    lanes.take(prompt, reserved, { reuse: true });

  /** Reads the prompt and some tokens of an answer, then ends. */
  async function answer(lanes: Lanes, prompt: Uint32Array<ArrayBuffer>, given: number) {
    const lane = take(lanes, prompt);
    await lane.sequence.feed(prompt.subarray(lane.sequence.position), []);
    lanes.note(lane, prompt, prompt.length);
    await lane.sequence.feed(tokens(given), []);
    lanes.free(lane);
    return lane;
  }

  test("are opened by as many as step together, and never more than there are slots", () => {
    const lanes = make();
    const taken = [1, 2, 3, 4, 5].map(() => take(lanes));
    const batches = taken.map(({ batch }) => batch);
    expect(new Set(taken).size).toBe(5);
    expect(new Set(batches.slice(0, 3)).size).toBe(1);
    expect(batches[3]).toBe(batches[4]!);
    expect(batches[3]).not.toBe(batches[0]!);
    expect(batches.map((batch) => batch?.sequences.length)).toEqual([3, 3, 3, 2, 2]);
    expect(refusal(() => take(lanes))).toMatchObject({ code: "overloaded", meta: { slots: 5 } });
  });

  test("are each for themselves where only one is left, or steps are taken alone", () => {
    expect(take(make({ slots: 1 })).batch).toBeUndefined();
    expect(take(make({ together: 1 })).batch).toBeUndefined();
  });

  test("hold no more than the memory for states allows, whatever slots are free", () => {
    const lanes = make();
    const large = take(lanes, tokens(4), 80);
    expect(refusal(() => take(lanes, tokens(4), 21)).code).toBe("overloaded");
    take(lanes, tokens(4), 20);
    lanes.free(large);
    take(lanes, tokens(4), 80);
  });

  test("keep the whole chunks of a prompt, and nothing of its answer", async () => {
    const lanes = make();
    const lane = await answer(lanes, tokens(10), 5);
    expect(lane.sequence.position).toBe(8);
    const again = take(lanes, tokens(12));
    expect([again, again.sequence.position]).toEqual([lane, 8]);
  });

  test("with another beginning a prompt takes an empty one, so that what was read is kept", async () => {
    const lanes = make();
    const kept = await answer(lanes, tokens(10), 1);
    const other = take(lanes, tokens(10, 100));
    expect(other).not.toBe(kept);
    expect(other.sequence.position).toBe(0);
    expect(take(lanes, tokens(10))).toBe(kept);
  });
});
