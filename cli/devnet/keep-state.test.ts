import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDevnet } from "../../chain/devnet/devnet.ts";
import { VirtualClock } from "../../runtime/simulation/virtual-clock.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { until } from "../../test/support/until.ts";
import { readStateFile } from "./files.ts";
import { keepState } from "./keep-state.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());

async function opened(state?: Uint8Array) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const devnet = await openDevnet({ clock, log: keptLog(), genesis: {}, blockTimeMs: "manual", state });
  return { ...devnet, clock };
}
const mtime = (path: string) => statSync(path, { bigint: true }).mtimeNs;

test("a devnet that is killed goes on from the save of five seconds before at most", async () => {
  await using devnet = await opened();
  const path = join(folder.path, "killed");
  await keepState({ path, node: devnet.node, clock: devnet.clock, onFailure: () => {} });
  const first = mtime(path);
  await devnet.node.advance(3);
  await devnet.clock.run({ until: devnet.clock.now() + 5_000 });
  await until(() => mtime(path) !== first, "the file is written again");
  await devnet.node.advance(10);
  await using again = await opened(await readStateFile(path));
  expect(again.node.head()).toMatchObject({ number: 3, hash: devnet.node.hashOf(3) });
});

test("nothing is written while no block comes, and the end saves what is there", async () => {
  await using devnet = await opened();
  const path = join(folder.path, "quiet");
  const kept = await keepState({ path, node: devnet.node, clock: devnet.clock, onFailure: () => {} });
  const first = mtime(path);
  await devnet.clock.run({ until: devnet.clock.now() + 60_000 });
  expect(mtime(path)).toBe(first);
  await devnet.node.advance(1);
  await kept.end();
  await using again = await opened(readFileSync(path));
  expect(again.node.head().number).toBe(1);
});

test("a place that cannot be written any more is told, with what to do", async () => {
  await using devnet = await opened();
  const path = join(folder.path, "lost", "state");
  expect(
    await rejection(keepState({ path, node: devnet.node, clock: devnet.clock, onFailure: () => {} })),
  ).toMatchObject({
    code: "storage",
  });
  const failures: unknown[] = [];
  const file = join(folder.path, "turned-folder");
  await keepState({
    path: file,
    node: devnet.node,
    clock: devnet.clock,
    onFailure: (failure) => failures.push(failure),
  });
  rmSync(file);
  // A folder in its place cannot be replaced by a file.
  mkdirSync(file);
  writeFileSync(join(file, "in the way"), "");
  await devnet.node.advance(1);
  await devnet.clock.run({ until: devnet.clock.now() + 5_000 });
  await until(() => failures.length === 1, "the failure is told");
  expect(failures[0]).toMatchObject({ code: "storage" });
});
