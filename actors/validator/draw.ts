/** A round's tasks from its public seed: every validator with the same parameters draws the same ones. */
import { Failure } from "../../protocol/failure.ts";
import { Id, type Json } from "../../protocol/ids.ts";
import type { DraftContent, DrawRandom, Subnet } from "../../protocol/subnet.ts";
import type { JudgedTask } from "../../protocol/task.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";

const MAX_TASKS = 512;

/** A task as the mechanism drew it: what judges keep, and the content that miners will be shown. */
export interface RoundTask {
  judged: JudgedTask;
  content: DraftContent[];
}

/** Draws and checks. Fails with `defect` when the mechanism breaks its own schemas: a validator's fault, not a miner's. */
export function drawRound(subnet: LoadedSubnet, options: { round: number; seed: string }): RoundTask[] {
  const { definition, params, dataset } = subnet;
  const random = drawRandom(options.seed);
  const drawn = drawBy(definition, { ...options, random, params, dataset });
  if (drawn.length > MAX_TASKS) {
    throw new Failure("defect", `${definition.name} drew too many tasks`, {
      meta: { drawn: drawn.length, most: MAX_TASKS },
    });
  }
  const seen = new Set<string>();
  return drawn.map((task) => {
    const kind = definition.kinds[task.kind];
    const defect = (problem: string) =>
      new Failure("defect", `${definition.name} drew a bad task: ${problem}`, {
        meta: { task: String(task.id).slice(0, 128), kind: String(task.kind).slice(0, 64) },
        hint: "Run the subnet's own tests: draw() must keep to the schemas that the mechanism declares.",
      });
    if (kind === undefined) throw defect("its kind is not declared");
    if (!Id.safeParse(task.id).success || task.id.includes("/")) throw defect("its id is not a plain name");
    if (seen.has(task.id)) throw defect("its id was drawn before");
    seen.add(task.id);
    const shown = kind.public.safeParse(task.public);
    const sealed = kind.sealed.safeParse(task.sealed);
    if (!shown.success) throw defect(`public part: ${shown.error.issues[0]?.message}`);
    if (!sealed.success) throw defect(`sealed part: ${sealed.error.issues[0]?.message}`);
    return {
      judged: { id: task.id, kind: task.kind, public: task.public as Json, sealed: task.sealed as Json },
      content: task.content ?? [],
    };
  });
}

/** Whoever reads the failure has written the mechanism: it says whose code failed, and keeps where as its cause. */
function drawBy(definition: Subnet, given: Parameters<Subnet["draw"]>[0]): ReturnType<Subnet["draw"]> {
  try {
    return definition.draw(given);
  } catch (thrown) {
    const { message } = Failure.from(thrown);
    throw new Failure("defect", `${definition.name}.draw failed: ${message}`, { cause: thrown });
  }
}

/** Randomness of a draw, from a hex or any other seed. */
export function drawRandom(seed: string): DrawRandom {
  const rng = createSeededRng(seed);
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError("cannot pick from an empty list");
    return items[rng.integer(items.length)] as T;
  };
  return {
    next: () => rng.next(),
    integer: (below) => rng.integer(below),
    pick,
    shuffle: (items) => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = rng.integer(i + 1);
        [copy[i], copy[j]] = [copy[j] as (typeof copy)[number], copy[i] as (typeof copy)[number]];
      }
      return copy;
    },
  };
}
