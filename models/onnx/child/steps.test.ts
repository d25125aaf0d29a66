/** The order of steps, on lanes of a real graph. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Failure } from "../../../protocol/failure.ts";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { tinyModel } from "../../../test/support/tiny-model.ts";
import { openCSession } from "../c-api/session.ts";
import { ortLibrary } from "../library.ts";
import { openNSession } from "../n-api/session.ts";
import type { Session } from "../session.ts";
import { type Lane, Lanes } from "./lanes.ts";
import { Steps } from "./steps.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const graph = join(await tinyModel({ parent: temp.path }), "graph.onnx");
const options = { graph, threads: 1, spin: false, device: "cpu" as const };
const PROMPT = Uint32Array.of(5, 6, 7, 8);
const never = new AbortController().signal;

const WAYS: [string, number, () => Promise<Session> | Session][] = [
  ...(process.platform === "linux"
    ? [
        ["together", 4, () => openCSession({ ...options, library: ortLibrary() })] as [
          string,
          number,
          () => Session,
        ],
      ]
    : []),
  ["each for itself", 1, () => openNSession(options)],
];

describe.each(WAYS)("answers that step %s", async (_, together, open) => {
  const session = await open();
  afterAll(() => session.close());

  /** Lanes that have read the prompt. */
  async function lanesFor(count: number): Promise<Lane[]> {
    const sizes = { capacity: 64, chunkTokens: 16, split: false, stateBytes: 1e9, weightBytes: 1e9 };
    const lanes = new Lanes({ session, slots: 4, together, ...sizes });
    const taken = Array.from({ length: count }, () => lanes.take(PROMPT, { reserved: 0, space: undefined }));
    for (const { sequence } of taken) await sequence.feed(PROMPT, []);
    return taken;
  }

  test("between two chunks of prompts every answer takes a step, however many prompts are read", async () => {
    const steps = new Steps(createSystemClock());
    const order: string[] = [];
    const prompt = async (name: string) => {
      for (let chunk = 0; chunk < 3; chunk++) {
        await steps.turn(never);
        order.push(name);
      }
    };
    const answer = async (lane: Lane) => {
      for (let token = 0; token < 8; token++) {
        await steps.next(lane, 9, never);
        order.push("answer");
      }
    };
    const lanes = await lanesFor(2);
    await Promise.all([prompt("a"), ...lanes.map(answer), prompt("b")]);
    const both = ["answer", "answer"];
    expect(order).toEqual([
      ...["a", "b", "a", "b", "a", "b"].flatMap((chunk) => [...both, chunk]),
      ...both,
      ...both,
    ]);
  });

  test("what is given up while it waits takes no step, and the others do", async () => {
    const steps = new Steps(createSystemClock());
    const lanes = await lanesFor(3);
    const abort = new AbortController();
    const all = lanes.map((lane, at) => steps.next(lane, 9, at === 1 ? abort.signal : never));
    const prompts = [steps.turn(never), steps.turn(abort.signal), steps.turn(never)];
    const lost = [rejection(all[1]!), rejection(prompts[1]!)];
    abort.abort(new Failure("cancelled", "gone"));
    expect((await Promise.all(lost)).map(({ message }) => message)).toEqual(["gone", "gone"]);
    for (const at of [0, 2]) expect((await all[at]!).length).toBe(session.shape.vocabulary);
    await Promise.all([prompts[0], prompts[2]]);
    expect(lanes.map(({ sequence }) => sequence.position)).toEqual([5, 4, 5]);
  });

  test("a step that fails fails those who took it, and the next ones go on", async () => {
    const steps = new Steps(createSystemClock());
    const [full, fine] = (await lanesFor(2)) as [Lane, Lane];
    await full.sequence.feed(new Uint32Array(64 - PROMPT.length), []);
    expect((await rejection(steps.next(full, 9, never))).code).toBe("too-large");
    expect((await steps.next(fine, 9, never)).length).toBe(session.shape.vocabulary);
  });
});
