/** The state beside a plain one that keeps a whole map for every block. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { toHex } from "../../scale/hex.ts";
import { blake2Concat, encode, identity, storageOf, u16, u64 } from "../declare/index.ts";
import { State, type StateSnapshot } from "./state.ts";

const KEPT = 4;
const storage = storageOf("Model");
const Item = storage.map("Item", { keys: [identity(u16), blake2Concat(u16)], type: u64, fallback: 0n });

type Content = ReadonlyMap<string, string>;

class Model {
  now = new Map<string, string>();
  blocks: Content[] = [];
  isOpen = false;
  /** Blocks before this one were forgotten. */
  oldest = 0;

  write(key: string, value: bigint | undefined): void {
    if (value === undefined) this.now.delete(key);
    else this.now.set(key, toHex(encode(u64, value)));
  }

  seal(): void {
    this.isOpen = false;
    this.blocks.push(new Map(this.now));
    this.oldest = Math.max(this.oldest, this.blocks.length - KEPT);
  }
}

type Write = { key: [number, number]; value: bigint | undefined };
type Step =
  | ({ do: "write" } & Write)
  | { do: "layer"; writes: Write[]; inner: Write[]; fails: "outer" | "inner" | "neither" }
  | { do: "dry"; writes: Write[] }
  | { do: "killAll"; first: number }
  | { do: "seal" }
  | { do: "snapshot" }
  | { do: "restore" };

const write: fc.Arbitrary<Write> = fc.record({
  key: fc.tuple(fc.nat(2), fc.nat(3)),
  value: fc.option(fc.bigInt({ min: 0n, max: 3n }), { nil: undefined }),
});
const writes = fc.array(write, { maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: write.map((one): Step => ({ do: "write", ...one })) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("layer" as const),
      writes,
      inner: writes,
      fails: fc.constantFrom("outer" as const, "inner" as const, "neither" as const),
    }),
  },
  { weight: 1, arbitrary: writes.map((all): Step => ({ do: "dry", writes: all })) },
  { weight: 1, arbitrary: fc.nat(2).map((first): Step => ({ do: "killAll", first })) },
  { weight: 4, arbitrary: fc.constant<Step>({ do: "seal" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "snapshot" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "restore" }) },
);

const applyTo = (state: State, { key, value }: Write): void =>
  value === undefined ? state.kill(Item, ...key) : state.put(Item, ...key, value);

function throwing(work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as Error).message !== "undo") throw error;
  }
}

test("whatever is written, undone, sealed, remembered and gone back to, every kept block reads as it was", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const state = new State(KEPT);
      let model = new Model();
      let remembered: { snapshot: StateSnapshot; model: Model } | undefined;
      const both = (one: Write): void => {
        applyTo(state, one);
        model.write(Item.key(...one.key), one.value);
      };
      for (const step of steps) {
        if (["write", "layer", "killAll"].includes(step.do)) model.isOpen = true;
        if (step.do === "write") both(step);
        else if (step.do === "layer") {
          const before = new Map(model.now);
          throwing(() =>
            state.layer(() => {
              for (const one of step.writes) both(one);
              const between = new Map(model.now);
              throwing(() =>
                state.layer(() => {
                  for (const one of step.inner) both(one);
                  if (step.fails === "inner") {
                    model.now = between;
                    throw new Error("undo");
                  }
                }),
              );
              if (step.fails === "outer") {
                model.now = before;
                throw new Error("undo");
              }
            }),
          );
        } else if (step.do === "dry") {
          state.dryRun(() => {
            for (const one of step.writes) applyTo(state, one);
          });
        } else if (step.do === "killAll") {
          state.killAll(Item, step.first);
          for (const key of [...model.now.keys()])
            if (key.startsWith(Item.key(step.first))) model.now.delete(key);
        } else if (step.do === "seal") {
          const before = model.blocks.at(-1) ?? new Map();
          model.seal();
          const { changed } = state.seal(model.blocks.length - 1);
          const differing = new Set([...before.keys(), ...model.now.keys()]);
          for (const key of differing) if (before.get(key) === model.now.get(key)) differing.delete(key);
          expect(changed as string[]).toEqual([...differing].sort());
        } else if (step.do === "snapshot" && model.blocks.length > 0) {
          // Snapshots are taken between blocks.
          model.seal();
          state.seal(model.blocks.length - 1);
          remembered = { snapshot: state.snapshot(), model: structuredClone(model) as Model };
        } else if (step.do === "restore" && remembered !== undefined) {
          const before = model.now;
          model = Object.assign(new Model(), structuredClone(remembered.model));
          const changed = state.restore(remembered.snapshot);
          const differing = [...new Set([...before.keys(), ...model.now.keys()])].filter(
            (key) => before.get(key) !== model.now.get(key),
          );
          expect(changed as string[]).toEqual(differing.sort());
        }
        expectSame(state, model);
      }
    }),
    { numRuns: 150 },
  );
});

function expectSame(state: State, model: Model): void {
  expect(contentOf(state)).toEqual(sorted(model.now));
  for (const { keys, value } of state.entries(Item)) expect(state.get(Item, ...keys)).toBe(value);
  // Blocks are read when none is being made.
  if (model.isOpen) return;
  for (const [block, content] of model.blocks.entries()) {
    const past = state.at(block);
    if (block < model.oldest) expect(past).toBeUndefined();
    else expect(contentOf(past!)).toEqual(sorted(content));
  }
}

const sorted = (content: Content): [string, string][] => [...content].sort(([a], [b]) => (a < b ? -1 : 1));

const contentOf = (state: Pick<State, "raw" | "rawKeys">): [string, string][] =>
  state.rawKeys("0x", { count: 1_000 }).map((key) => [key, toHex(state.raw(key)!)]);
