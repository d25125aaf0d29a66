/**
 * Runs the whole corpus on one back end, compares what comes of each attack with what its head says, and the host after
 * each attack with what it was before: first one attack at a time, so that whatever is left is laid at its door, then
 * again in eight lanes.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import {
  type Attack,
  type BackendUnderAttack,
  expectedOf,
  GUESTS,
  loadAttacks,
  requestOf,
} from "./corpus.ts";
import { hostSnapshot } from "./host.ts";
import { HostWatch } from "./host-watch.ts";
import { type Leave, leavable } from "./leftovers.ts";
import { mismatches } from "./verdict.ts";

const LANES = 8;
/** Attacks of a test when they run in lanes. */
const ROUND = 64;
/** Attacks that end so take long and do little else: of these, a fourth is enough company for the others. */
const BURNT = ["fuel-limit", "cpu-limit"];
/** Quick ones; something is left on the host while the second of them runs. */
const INNOCENT = ["called-once", "not-a-number", "forge-stdout"];
const INNOCENT_PATIENCE_MS = 300;

export interface UnderAttack {
  backend: IsolateBackend;
  /** The uid that its isolates run as, on the host. */
  uid: number;
  /** What there is on the host beside files, processes and the like, one line each. */
  traces?(): Promise<string[]>;
  /** Another one as nodes open it, with interpreters kept ready for what is to come. */
  another(): Promise<IsolateBackend>;
  /** Called at the end, when the back end is closed. */
  stop?(): Promise<void>;
}

/** What of an attack is not as it must be: nothing, when it failed. */
interface Judged {
  attack: string;
  /** Of its outcome and output. */
  wrong: string[];
  /** On the host. */
  left: string[];
}

const failed = ({ language, name }: Attack): Judged => ({
  attack: `${language} ${name}`,
  wrong: [],
  left: [],
});

/** `own`: kinds of things that only this back end could leave. */
export async function attackSuite(
  name: BackendUnderAttack,
  open: () => Promise<UnderAttack>,
  own: Readonly<Record<string, Leave>> = {},
): Promise<void> {
  const attacks = GUESTS[name].flatMap((language) => loadAttacks(language));
  const kinds = { ...(await leavable()), ...own };

  describe(`attacks on ${name} isolates`, () => {
    let canary: string;
    let opened: UnderAttack;
    let whole: HostWatch;
    let watch: HostWatch;

    const snapshot = async (): Promise<string[]> => [
      ...hostSnapshot({ uid: opened.uid, own: [canary] }),
      ...((await opened.traces?.()) ?? []),
    ];
    const wrongOf = async (attack: Attack, { run } = opened.backend): Promise<string[]> => {
      try {
        return mismatches(attack, name, await run(await requestOf(attack)));
      } catch (thrown) {
        return [`threw ${thrown}`];
      }
    };
    const judged = async (attack: Attack, patienceMs?: number): Promise<Judged> => ({
      ...failed(attack),
      wrong: await wrongOf(attack),
      left: await watch.left(patienceMs),
    });

    beforeAll(async () => {
      canary = await mkdtemp(join(tmpdir(), "orrery-canary-"));
      await Bun.write(join(canary, "secret"), "secret");
      opened = await open();
      whole = await HostWatch.begin(snapshot);
      watch = await HostWatch.begin(snapshot);
    }, 120_000);
    afterAll(async () => {
      await opened?.backend.close();
      await opened?.stop?.();
      await rm(canary, { recursive: true });
    }, 60_000);

    for (const language of GUESTS[name]) {
      test(`there are sixty attacks or more in ${language}`, () => {
        expect(attacks.filter((attack) => attack.language === language).length).toBeGreaterThanOrEqual(60);
      });
    }

    describe("one at a time", () => {
      for (const attack of attacks) {
        test(`${attack.language} ${attack.name}: ${attack.attack}: ${expectedOf(attack, name).outcome}`, async () => {
          expect(await judged(attack)).toEqual(failed(attack));
        }, 60_000);
      }
    });

    describe(`${LANES} at once`, () => {
      let another: IsolateBackend;
      beforeAll(async () => {
        another = await opened.another();
      }, 60_000);
      afterAll(() => another?.close());

      for (const [number, round] of rounds(attacks, name).entries()) {
        test(`round ${number + 1}: ${round.length} attacks`, async () => {
          const seen: Judged[] = [];
          await inLanes(round, async (attack) => {
            seen.push({ ...failed(attack), wrong: await wrongOf(attack, another) });
          });
          expect(seen.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
        }, 300_000);
      }

      test("leave nothing", async () => {
        await another.close();
        expect(await watch.left()).toEqual([]);
      }, 30_000);
    });

    describe("the attack is blamed during which there comes on the host", () => {
      const innocent = attacks.filter(
        (attack) => attack.language === "python" && INNOCENT.includes(attack.name),
      );
      const blamed = async (leave: Leave) => {
        const [first, second, third] = innocent as [Attack, Attack, Attack];
        const before = await judged(first);
        const { backend } = opened;
        let leftover: Awaited<ReturnType<Leave>> | undefined;
        const run: IsolateBackend["run"] = async (request, options) => {
          leftover = await leave(opened.uid);
          return await backend.run(request, options);
        };
        opened.backend = { ...backend, run };
        const guilty = await judged(second, INNOCENT_PATIENCE_MS).finally(() => {
          opened.backend = backend;
        });
        const after = await judged(third, INNOCENT_PATIENCE_MS);
        await leftover?.undo();
        expect(await watch.left()).toEqual([]);
        const lines = leftover?.lines.map((line) => `new: ${line}`) ?? [];
        expect([before, { ...guilty, left: guilty.left.sort() }, after]).toEqual([
          failed(first),
          { ...failed(second), left: lines.sort() },
          failed(third),
        ]);
      };
      for (const [kind, leave] of Object.entries(kinds)) {
        test(`a ${kind}`, async () => await blamed(leave), 60_000);
      }
    });

    test("nothing is left of all of them when the back end is closed", async () => {
      await opened.backend.close();
      // What it kept for all of them goes with it.
      expect(await whole.left(undefined, (change) => change.startsWith("new: "))).toEqual([]);
    }, 30_000);
  });
}

/** Mixed, so that attacks of all kinds and languages meet; the same at each run. */
function rounds(all: readonly Attack[], name: BackendUnderAttack): Attack[][] {
  const burns = (attack: Attack) => BURNT.includes(expectedOf(attack, name).outcome);
  const attacks = [
    ...all.filter((attack) => !burns(attack)),
    ...all.filter(burns).filter((_, index) => index % 4 === 0),
  ];
  const order = new Map(attacks.map((attack) => [attack, Bun.hash(`${attack.language} ${attack.name}`)]));
  const mixed = [...attacks].sort((a, b) => (order.get(a)! < order.get(b)! ? -1 : 1));
  return Array.from({ length: Math.ceil(mixed.length / ROUND) }, (_, index) =>
    mixed.slice(index * ROUND, (index + 1) * ROUND),
  );
}

/** As soon as one has ended the next begins. */
async function inLanes(attacks: readonly Attack[], run: (attack: Attack) => Promise<void>): Promise<void> {
  const queue = [...attacks];
  const lane = async () => {
    for (let attack = queue.shift(); attack !== undefined; attack = queue.shift()) await run(attack);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
