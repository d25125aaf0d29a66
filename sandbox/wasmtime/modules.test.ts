import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { wasmtimeOptions } from "../../test/provision/isolates.ts";
import { ensureEngineLibrary } from "./engine-library.ts";
import { type CompileOptions, compiledModule, isCompiled } from "./modules.ts";

/** The smallest module there is: magic number and version. */
const EMPTY = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

describe("ahead-of-time modules", () => {
  let options: CompileOptions;
  let compiled = 0;

  beforeAll(async () => {
    const cacheDir = await mkdtemp(join(tmpdir(), "orrery-modules-"));
    const wasmPath = join(cacheDir, "empty.wasm");
    await Bun.write(wasmPath, EMPTY);
    options = {
      spawn: wasmtimeOptions().spawn,
      cacheDir,
      libraryPath: await ensureEngineLibrary(wasmtimeOptions()),
      wasmPath,
      wasmSha256: new Bun.CryptoHasher("sha256").update(EMPTY).digest("hex"),
      onCompile: () => compiled++,
    };
  }, 120_000);
  afterAll(() => rm(options.cacheDir, { recursive: true }));

  const overwrite = async (path: string, text: string) => {
    await chmod(path, 0o644);
    await Bun.write(path, text);
  };
  const codeOf = (result: Promise<unknown>) =>
    result.then(
      () => "done",
      (error) => Failure.from(error).code,
    );

  test("are compiled once, then come from the cache", async () => {
    expect(await isCompiled(options)).toBe(false);
    const first = await compiledModule(options);
    const second = await compiledModule(options);
    expect([first.path === second.path, compiled, await isCompiled(options)]).toEqual([true, 1, true]);
    expect(first.wasmSha256).toBe(options.wasmSha256);
  });

  test("are refused at the next load when changed after they were checked", async () => {
    const module = await compiledModule(options);
    await module.verify();
    await overwrite(module.path, "code of somebody else");
    expect(await codeOf(module.verify())).toBe("corrupt");
  });

  test("may be replaced by the same code, as another node does that compiles at the same time", async () => {
    const module = await compiledModule(options);
    const bytes = await Bun.file(module.path).bytes();
    await rm(module.path);
    await Bun.write(module.path, bytes);
    await module.verify();
  });

  test("are compiled anew when the stored file is not what was stored", async () => {
    const before = compiled;
    const module = await compiledModule(options);
    await overwrite(module.path, "truncated");
    expect(await isCompiled(options)).toBe(false);
    await (await compiledModule(options)).verify();
    expect(compiled).toBeGreaterThan(before);
  });

  test("are never compiled from a .wasm with another digest", async () => {
    expect(await codeOf(compiledModule({ ...options, wasmSha256: "0".repeat(64) }))).toBe("corrupt");
  });
});
