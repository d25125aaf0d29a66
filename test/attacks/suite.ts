/**
 * Runs the whole corpus on one back end, eight attacks at a time, compares each with what its head says, and the host
 * after each eight with what it was before them.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IsolateEvidence } from "../../protocol/isolate.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import {
  type Attack,
  type BackendUnderAttack,
  expectedOf,
  GUESTS,
  loadAttacks,
  requestOf,
} from "./corpus.ts";
import { hostChanges, hostSnapshot } from "./host.ts";
import { mismatches } from "./verdict.ts";

const AT_ONCE = 8;
const LIMITS = ["timeout", "cpu-limit", "fuel-limit"];

export interface UnderAttack {
  backend: IsolateBackend;
  /** The uid that its isolates run as, on the host. */
  uid: number;
  /** What there is on the host beside files, processes and the like, one line each. */
  traces?(): Promise<string[]>;
  /** Called at the end, when the back end is closed. */
  stop?(): Promise<void>;
}

export function attackSuite(name: BackendUnderAttack, open: () => Promise<UnderAttack>): void {
  const attacks = GUESTS[name].flatMap((language) => loadAttacks(language));
  // Those that take long are together, so that the others need not wait for them.
  const quickFirst = [...attacks].sort((a, b) => slowness(a, name) - slowness(b, name));
  const groups = Array.from({ length: Math.ceil(attacks.length / AT_ONCE) }, (_, index) =>
    quickFirst.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );

  describe(`attacks on ${name} isolates, eight at a time`, () => {
    let canary: string;
    let opened: UnderAttack;
    let before: string[];
    let began: string[];
    const evidence = new Map<Attack, IsolateEvidence | Error>();

    const snapshot = async (): Promise<string[]> => [
      ...hostSnapshot({ uid: opened.uid, own: [canary] }),
      ...((await opened.traces?.()) ?? []),
    ];

    beforeAll(async () => {
      canary = await mkdtemp(join(tmpdir(), "orrery-canary-"));
      await Bun.write(join(canary, "secret"), "secret");
      opened = await open();
      began = await snapshot();
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

    for (const [number, group] of groups.entries()) {
      describe(`eight at once, number ${number + 1}`, () => {
        beforeAll(async () => {
          before = await snapshot();
          const runs = group.map(async (attack) => {
            const run = requestOf(attack).then((request) => opened.backend.run(request));
            evidence.set(attack, await run.catch((thrown) => thrown as Error));
          });
          await Promise.all(runs);
        }, 120_000);

        for (const attack of group) {
          test(`${attack.language} ${attack.name}: ${attack.attack}: ${expectedOf(attack, name).outcome}`, () => {
            const seen = evidence.get(attack)!;
            if (seen instanceof Error) throw seen;
            expect(mismatches(attack, name, seen)).toEqual([]);
          });
        }

        test("leave nothing on the host", async () => {
          expect(await settled(before, snapshot)).toEqual([]);
        }, 30_000);
      });
    }

    test("nothing is left of all of them when the back end is closed", async () => {
      await opened.backend.close();
      const left = await settled(began, snapshot);
      expect(left.filter((change) => change.startsWith("new: "))).toEqual([]);
    }, 30_000);
  });
}

const slowness = (attack: Attack, name: BackendUnderAttack): number =>
  LIMITS.includes(expectedOf(attack, name).outcome) ? 1 : 0;

/** What stays changed: the kernel takes a moment to let go of what has ended. */
async function settled(before: readonly string[], snapshot: () => Promise<string[]>): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const changes = hostChanges(before, await snapshot());
    if (changes.length === 0 || tries === 40) return changes;
    await Bun.sleep(50);
  }
}
