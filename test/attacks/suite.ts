/** Runs the whole corpus on one back end, four attacks at a time, and compares each with what its head says. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IsolateEvidence } from "../../protocol/isolate.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { createIsolatePool, type IsolatePool } from "../../sandbox/pool.ts";
import { type BackendUnderAttack, expectedOf, loadAttacks, requestOf } from "./corpus.ts";

const attacks = loadAttacks("python");

export interface UnderAttack {
  backend: IsolateBackend;
  /** What is on the host that was not there before the back end was opened. */
  leftovers?(): Promise<string[]>;
  /** Called at the end, when the back end is closed. */
  stop?(): Promise<void>;
}

export function attackSuite(name: BackendUnderAttack, open: () => Promise<UnderAttack>): void {
  describe(`attacks on ${name} isolates, four at a time`, () => {
    let pool: IsolatePool;
    let canary: string;
    let opened: UnderAttack;
    const evidence = new Map<string, Promise<IsolateEvidence>>();

    beforeAll(async () => {
      canary = await mkdtemp(join(tmpdir(), "orrery-canary-"));
      await Bun.write(join(canary, "secret"), "secret");
      opened = await open();
      pool = createIsolatePool({ backend: opened.backend, slots: 4 });
      for (const attack of attacks) {
        const run = pool.run(requestOf(attack, name));
        run.catch(() => {}); // its own test reports it
        evidence.set(attack.name, run);
      }
    }, 120_000);
    afterAll(async () => {
      await pool?.close();
      await opened?.stop?.();
      await rm(canary, { recursive: true });
    });

    test("the corpus is there", () => {
      expect(attacks.length).toBeGreaterThanOrEqual(60);
    });

    for (const attack of attacks) {
      const expected = expectedOf(attack, name);
      test(`${attack.name}: ${attack.attack}: ${expected.outcome}`, async () => {
        const { cases } = await evidence.get(attack.name)!;
        expect(cases).toHaveLength(attack.cases?.length ?? 1);
        for (const { outcome, detail, output, stdout } of cases) {
          expect({ outcome, detail }).toMatchObject({ outcome: expected.outcome });
          if (expected.output !== undefined) expect(output).toEqual(expected.output);
          if (expected.stdout !== undefined) expect(stdout.trimEnd()).toBe(expected.stdout);
        }
      }, 120_000);
    }

    test("an attack sees only the input of its own case", async () => {
      const { cases } = await evidence.get("read-later-inputs")!;
      expect(cases.map(({ output }) => output)).toEqual([
        [1, 0],
        [2, 0],
        [3, 0],
      ]);
    });

    test("what was attacked is as it was", async () => {
      await Promise.allSettled(evidence.values());
      expect(await readdir(canary)).toEqual(["secret"]);
      expect(await Bun.file("/tmp/left-behind").exists()).toBe(false);
      expect(await Bun.file("/dev/shm/left-behind").exists()).toBe(false);
      await pool.close();
      expect((await opened.leftovers?.()) ?? []).toEqual([]);
    }, 30_000);
  });
}
