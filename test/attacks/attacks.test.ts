import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IsolateEvidence } from "../../protocol/isolate.ts";
import { createIsolatePool, type IsolatePool } from "../../sandbox/pool.ts";
import { provisionWasmtime } from "../provision/isolates.ts";
import { type Attack, loadAttacks, requestOf } from "./corpus.ts";

const attacks = loadAttacks("python");

describe("attacks on Wasmtime isolates, four at a time", () => {
  let pool: IsolatePool;
  let canary: string;
  const evidence = new Map<string, Promise<IsolateEvidence>>();

  beforeAll(async () => {
    canary = await mkdtemp(join(tmpdir(), "orrery-canary-"));
    await Bun.write(join(canary, "secret"), "secret");
    pool = createIsolatePool({ backend: await provisionWasmtime(), slots: 4 });
    for (const attack of attacks) {
      const run = pool.run(requestOf(attack));
      run.catch(() => {}); // its own test reports it
      evidence.set(attack.name, run);
    }
  }, 120_000);
  afterAll(async () => {
    await pool.close();
    await rm(canary, { recursive: true });
  });

  test("the corpus is there", () => {
    expect(attacks.length).toBeGreaterThanOrEqual(60);
  });

  for (const attack of attacks) {
    test(`${attack.name}: ${attack.attack}: ${attack.outcome}`, async () => {
      const { cases } = await evidence.get(attack.name)!;
      expect(cases).toHaveLength(attack.cases?.length ?? 1);
      for (const result of cases) checkCase(attack, result);
    }, 60_000);
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
  });
});

function checkCase(attack: Attack, result: IsolateEvidence["cases"][number]): void {
  expect({ outcome: result.outcome, detail: result.detail }).toMatchObject({ outcome: attack.outcome });
  if (attack.output !== undefined) expect(result.output).toEqual(attack.output);
  if (attack.stdout !== undefined) expect(result.stdout.trimEnd()).toBe(attack.stdout);
}
