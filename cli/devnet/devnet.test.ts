/** `bun run devnet` as its users start and stop it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { xxhashAsHex } from "@polkadot/util-crypto";
import { runVerb } from "../../test/support/cli.ts";
import { type RunningDevnet, startDevnet } from "../../test/support/devnet.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";

let folder: ReturnType<typeof tempFolder>;
beforeAll(() => {
  folder = tempFolder();
});
afterAll(() => folder[Symbol.dispose]());

const file = (name: string, text: string): string => {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
};
const head = async (devnet: RunningDevnet) =>
  (await devnet.rpc("devnet_info")) as { head: { number: number; hash: string } };
const MANUAL = ["--block-time", "manual"];

test("says in one line of JSON that it is ready, and ends on SIGTERM with exit code 0", async () => {
  await using devnet = await startDevnet();
  expect(devnet.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  expect(devnet.genesisHash).toMatch(/^0x[0-9a-f]{64}$/);
  expect(await devnet.rpc("chain_getBlockHash", 0)).toBe(devnet.genesisHash);
  devnet.child.kill("SIGTERM");
  expect(await devnet.child.exited).toBe(0);
});

test("makes blocks by itself, and by hand only in manual mode", async () => {
  await using devnet = await startDevnet({ args: ["--block-time", "20ms"] });
  await using manual = await startDevnet({ args: MANUAL });
  while ((await head(devnet)).head.number < 5) await Bun.sleep(10);
  expect((await head(manual)).head.number).toBe(0);
  expect(await manual.rpc("devnet_advance", 7)).toMatchObject({ number: 7 });
});

test("goes back to a snapshot, and on from there", async () => {
  await using devnet = await startDevnet({ args: MANUAL });
  await devnet.rpc("devnet_advance", 3);
  const before = (await head(devnet)).head;
  const snapshot = await devnet.rpc("devnet_snapshot");
  await devnet.rpc("devnet_advance", 10);
  expect(await devnet.rpc("devnet_restore", snapshot)).toEqual(before);
  expect(await devnet.rpc("devnet_advance", 1)).toMatchObject({ number: 4 });
});

test("sets a hyperparameter, which the next block has", async () => {
  const genesis = { subnets: [{ netuid: 1, owner: "//Alice", tempo: 10 }] };
  await using devnet = await startDevnet({ genesis, args: MANUAL });
  // Its key: two hashes of names, and the netuid as it is.
  const key = `${["SubtensorModule", "Tempo"].map((name) => xxhashAsHex(name, 128).slice(2)).join("")}0100`;
  expect(await devnet.rpc("state_getStorage", `0x${key}`)).toBe("0x0a00");
  await devnet.rpc("devnet_set", "tempo", 20, 1);
  await devnet.rpc("devnet_advance", 1);
  expect(await devnet.rpc("state_getStorage", `0x${key}`)).toBe("0x1400");
  expect(devnet.rpc("devnet_set", "no_such_thing", 20, 1)).rejects.toThrow("no_such_thing");
});

describe("--state", () => {
  test("goes on where it ended, with the same genesis and the same blocks", async () => {
    const state = join(folder.path, "chain.state");
    const args = [...MANUAL, "--state", state];
    let ended: unknown;
    let hash: string;
    {
      await using devnet = await startDevnet({ args });
      await devnet.rpc("devnet_advance", 12);
      ended = (await head(devnet)).head;
      hash = devnet.genesisHash;
    }
    expect(statSync(state).mode & 0o077).toBe(0);
    expect(existsSync(`${state}.new`)).toBe(false);
    await using again = await startDevnet({ args });
    expect(again.genesisHash).toBe(hash);
    expect((await head(again)).head).toEqual(ended as never);
    expect(await again.rpc("devnet_advance", 1)).toMatchObject({ number: 13 });
  });

  test("that cannot be written is refused before anybody is told to connect", async () => {
    const path = join(folder.path, "no", "such", "folder");
    const { code, out, error } = await runVerb(["devnet", "--port", "0", "--state", path], {
      cwd: folder.path,
    });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toMatch(/^orrery devnet: state [^\n]+ cannot be written: [^\n]+\n$/);
  });

  test("of another kind, cut short or damaged is refused in one line and left as it is", async () => {
    for (const text of ["", "nonsense", "{}"]) {
      const path = file("other.state", text);
      const { code, error } = await runVerb(["devnet", "--port", "0", "--state", path], { cwd: folder.path });
      expect(code).not.toBe(0);
      expect(error).toMatch(/^orrery devnet: [^\n]+\n$/);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  });
});

describe("--metadata", () => {
  test("serves the file, under a genesis hash of its own", async () => {
    await using ours = await startDevnet({ args: MANUAL });
    const metadata = String(await ours.rpc("state_getMetadata"));
    const path = file("metadata.hex", `${metadata}\n`);
    await using devnet = await startDevnet({ args: [...MANUAL, "--metadata", path] });
    expect(devnet.genesisHash).not.toBe(ours.genesisHash);
    expect(((await devnet.rpc("devnet_info")) as { metadata: string }).metadata).not.toBe("ours");
    expect(String(await devnet.rpc("state_getMetadata"))).toStartWith("0x6d657461");
  });
});

describe("a mistake is one clear line", () => {
  const refused = async (...args: string[]) => {
    const { code, out, error } = await runVerb(["devnet", ...args], { cwd: folder.path });
    expect(out).toBe("");
    expect(error).toMatch(/^orrery devnet: [^\n]+\n$/);
    return { code, error };
  };

  test("a port that is taken", async () => {
    await using devnet = await startDevnet();
    const port = new URL(devnet.url).port;
    expect(await refused("--port", port)).toMatchObject({
      code: 2,
      error: expect.stringContaining("is taken"),
    });
  });

  test.each([
    ["no JSON", "{", "is not JSON"],
    ["an unknown field", '{"subnet":[]}', "subnet"],
    ["a wrong value", '{"subnets":[{"netuid":1,"owner":"//Alice","tempo":-1}]}', "subnets.0.tempo"],
    ["a gap in the netuids", '{"subnets":[{"netuid":2,"owner":"//Alice"}]}', "without gaps"],
    [
      "a key that is none",
      '{"accounts":[{"uri":"//Alice//","tao":1},{"uri":"Alice","tao":1}]}',
      "neither an address",
    ],
  ])("a genesis with %s", async (_, text, says) => {
    const { code, error } = await refused("--port", "0", "--genesis", file("bad.json", text));
    expect(code).toBe(2);
    expect(error).toContain(says);
  });

  test.each([
    ["a file that is not there", ["--genesis", "none.json"], "none.json cannot be read"],
    ["metadata that is none", ["--metadata", "genesis-of-mine.json"], "genesis-of-mine.json"],
    ["a block time that is none", ["--block-time", "soon"], "--block-time"],
    ["a block time that is too short", ["--block-time", "1ms"], "10ms"],
  ])("%s", async (_, args, says) => {
    file("genesis-of-mine.json", "{}");
    const { code, error } = await refused("--port", "0", ...args);
    expect(code).toBe(2);
    expect(error).toContain(says);
  });
});
