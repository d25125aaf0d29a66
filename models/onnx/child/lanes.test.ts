import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { refusal } from "../../../test/support/rejection.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { tinyModel } from "../../../test/support/tiny-model.ts";
import { openCSession } from "../c-api/session.ts";
import { ortLibrary } from "../library.ts";
import { openNSession } from "../n-api/session.ts";
import type { Session } from "../session.ts";
import { type Lane, Lanes, type LanesOptions } from "./lanes.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const graph = join(await tinyModel({ parent: temp.path }), "graph.onnx");
const options = { graph, threads: 1, spin: false, device: "cpu" as const };
const CHUNK = 4;
/** Room for so many tokens. */
const ROOM = 100;
const tokens = (count: number, from = 3) => Uint32Array.from({ length: count }, (_, at) => from + at);

function lanesOf(session: Session, changes: Partial<LanesOptions> = {}): Lanes {
  const sizes = { slots: 5, together: 3, capacity: 64, chunkTokens: CHUNK, weightBytes: 1 };
  const stateBytes = ROOM * session.shape.memory.bytesPerToken;
  return new Lanes({ session, ...sizes, split: false, stateBytes, ...changes });
}

describe.skipIf(process.platform !== "linux")("lanes that take steps together", () => {
  const session = openCSession({ ...options, library: ortLibrary() });
  afterAll(() => session.close());
  const make = (changes: Partial<LanesOptions> = {}) => lanesOf(session, { stateBytes: ROOM, ...changes });
  const take = (lanes: Lanes, reserved = 1) => lanes.take(tokens(4), { reserved, space: undefined });

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
    const large = take(lanes, 80);
    expect(refusal(() => take(lanes, 21)).code).toBe("overloaded");
    take(lanes, 20);
    lanes.free(large);
    take(lanes, 80);
  });
});

const ROUTES: [string, () => Promise<Session> | Session][] = [
  ...(process.platform === "linux"
    ? [["c-api", () => openCSession({ ...options, library: ortLibrary() })] as [string, () => Session]]
    : []),
  ["n-api", () => openNSession(options)],
];

describe.each(ROUTES)("what was read before, by %s", async (route, open) => {
  const session = await open();
  afterAll(() => session.close());
  const { bytesPerToken } = session.shape.memory;
  const make = (changes: Partial<LanesOptions> = {}) =>
    lanesOf(session, { together: route === "c-api" ? 3 : 1, ...changes });
  const take = (lanes: Lanes, prompt: Uint32Array, { space = "alice", given = 0 } = {}) =>
    lanes.take(prompt, { reserved: (prompt.length + given) * bytesPerToken, space });

  async function readOn(lanes: Lanes, lane: Lane, prompt: Uint32Array, until = prompt.length) {
    let logits: Float32Array[] = [];
    while (lane.sequence.position < until) {
      const from = lane.sequence.position;
      const to = Math.min(until, from - (from % CHUNK) + CHUNK);
      logits = await lane.sequence.feed(prompt.subarray(from, to), [to - from - 1]);
      lanes.note(lane, prompt);
    }
    return logits[0];
  }

  /** Reads the prompt, gives some tokens, and ends; tells what need not be read. */
  async function answer(lanes: Lanes, prompt: Uint32Array, { space = "alice", given = 0 } = {}) {
    const lane = take(lanes, prompt, { space, given });
    const known = lane.sequence.position;
    const logits = await readOn(lanes, lane, prompt);
    if (given > 0) await lane.sequence.feed(tokens(given), []);
    lanes.free(lane);
    return { lane, known, logits };
  }

  const known = async (lanes: Lanes, prompt: Uint32Array, space?: string) =>
    (await answer(lanes, prompt, space === undefined ? {} : { space })).known;

  test("is kept in whole chunks, and nothing of the answer", async () => {
    const lanes = make();
    const { lane } = await answer(lanes, tokens(10), { given: 5 });
    expect(lane.sequence.position).toBe(8);
    const again = take(lanes, tokens(12));
    expect([again, again.sequence.position]).toEqual([lane, 8]);
  });

  test("is kept up to the last token where chunks may be split", async () => {
    const lanes = make({ split: true });
    const first = await answer(lanes, tokens(11), { given: 5 });
    expect(first.lane.sequence.position).toBe(11);
    // Two at least are read together: one alone would have other bits.
    expect(await known(lanes, tokens(14))).toBe(10);
    expect(await known(lanes, tokens(14))).toBe(12);
    expect(await known(lanes, tokens(20))).toBe(14);
    // The last one was read alone.
    const other = make({ split: true });
    await answer(other, tokens(9));
    expect(await known(other, tokens(12))).toBe(8);
  });

  test("is gone on from where it lies when the same prompt comes again, its end read anew", async () => {
    const lanes = make();
    const first = await answer(lanes, tokens(28));
    const again = await answer(lanes, tokens(28));
    expect([again.known, again.lane]).toEqual([24, first.lane]);
    const other = await answer(lanes, Uint32Array.of(...tokens(13), ...tokens(15, 90)));
    expect([other.known, other.lane === first.lane]).toEqual([12, false]);
  });

  test("serves a prompt that goes another way up to there, and stays itself", async () => {
    const lanes = make();
    const [long, fork] = [tokens(30), Uint32Array.of(...tokens(13), ...tokens(10, 90))];
    await answer(lanes, long);
    expect(await known(lanes, fork)).toBe(12);
    expect(await known(lanes, long)).toBe(28);
    expect(await known(lanes, fork)).toBe(20);
  });

  test("is nothing for a prompt with another first token, or of another space", async () => {
    const lanes = make();
    await answer(lanes, tokens(20));
    expect(await known(lanes, tokens(20, 4))).toBe(0);
    expect(await known(lanes, tokens(20), "bob")).toBe(0);
    expect(lanes.known(tokens(20), undefined)).toBe(0);
  });

  test("is taken out of a lane that another answer needs, and comes back", async () => {
    const lanes = make({ slots: 1 });
    const prompts = [3, 40, 80].map((from) => tokens(13, from));
    for (const prompt of prompts) expect(await known(lanes, prompt)).toBe(0);
    for (const prompt of prompts) expect(await known(lanes, prompt)).toBe(12);
    // Also by work that goes on from nothing.
    lanes.free(lanes.take(tokens(2), { reserved: 1, space: undefined }));
    for (const prompt of prompts) expect(await known(lanes, prompt)).toBe(12);
  });

  test("goes when the memory is wanted, the least recently used first, and never keeps an answer from beginning", async () => {
    const lanes = make({ slots: 2 });
    const prompts = [3, 40, 80, 120].map((from) => tokens(28, from));
    const [a, b, c, d] = prompts as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
    for (const prompt of [a, b, c]) await answer(lanes, prompt);
    expect(prompts.map((prompt) => lanes.known(prompt, "alice"))).toEqual([24, 24, 24, 0]);
    await answer(lanes, a);
    await answer(lanes, d);
    expect(prompts.map((prompt) => lanes.known(prompt, "alice"))).toEqual([24, 0, 24, 24]);
    // All the memory there is; only what lies in another lane stays, whose memory nobody else can have.
    const whole = lanes.take(tokens(2), { reserved: ROOM * bytesPerToken, space: "alice" });
    expect(prompts.map((prompt) => lanes.known(prompt, "alice"))).toEqual([0, 0, 0, 24]);
    lanes.free(whole);
  });

  test("is gone on from though the answer takes all the memory, also that which it is kept in", async () => {
    const lanes = make({ slots: 1 });
    await answer(lanes, tokens(28));
    await answer(lanes, tokens(28, 120));
    const lane = lanes.take(tokens(40), { reserved: ROOM * bytesPerToken, space: "alice" });
    expect(lane.sequence.position).toBe(28);
    lanes.free(lane);
    expect([lanes.known(tokens(28), "alice"), lanes.known(tokens(28, 120), "alice")]).toEqual([24, 0]);
  });

  test("of a prompt that was given up is kept as far as it was read", async () => {
    const lanes = make();
    const lane = take(lanes, tokens(30));
    await readOn(lanes, lane, tokens(30), 16);
    lanes.free(lane);
    expect(await known(lanes, tokens(30))).toBe(16);
  });

  test("is shared by prompts that are read at the same time, each chunk by one of them", async () => {
    const lanes = make();
    const prompt = tokens(30);
    const [one, two] = [take(lanes, prompt), take(lanes, prompt)];
    expect(one).not.toBe(two);
    const skipped = [0, 0];
    for (let until = CHUNK; until <= 28; until += CHUNK) {
      const [first, second] = until % 8 === 0 ? [one, two] : [two, one];
      await readOn(lanes, first, prompt, until);
      skipped[second === one ? 0 : 1]! += lanes.catchUp(second, prompt);
      expect(lanes.catchUp(first, prompt)).toBe(0);
    }
    expect(skipped).toEqual([16, 12]);
    const logits = [await readOn(lanes, one, prompt), await readOn(lanes, two, prompt)];
    expect(logits[0]).toEqual(logits[1]!);
    expect(logits[0]).toEqual((await answer(make(), prompt)).logits!);
    // Both have read the same: it is kept once.
    lanes.free(one);
    lanes.free(two);
    expect([one, two].map(({ sequence }) => sequence.position).toSorted()).toEqual([0, 28]);
  });

  test.each([false, true])("gives the bits that reading all gives, chunks split: %p", async (split) => {
    const lanes = make({ slots: 2, split });
    const turns = [5, 9, 14, 17, 30, 31, 45].map((count) => tokens(count));
    const forks = turns.map((turn) => Uint32Array.of(...turn.subarray(0, turn.length - 2), 99, 98, 97));
    let saved = 0;
    for (const prompt of [...turns, ...forks, ...turns.toReversed()]) {
      const { logits, known } = await answer(lanes, prompt, { given: 3 });
      saved += known;
      const anew = await answer(make({ split }), prompt);
      expect([prompt.length, anew.known]).toEqual([prompt.length, 0]);
      expect(logits).toEqual(anew.logits!);
    }
    expect(saved).toBeGreaterThan(200);
  });
});
