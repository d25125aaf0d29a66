import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { isolateContract } from "../../test/contract/isolate.ts";
import { provisionWasmtime, wasmtimeOptions } from "../../test/provision/isolates.ts";
import { runControl } from "../control.ts";
import type { WasmtimeBackend } from "./backend.ts";
import { ensureEngineLibrary } from "./engine-library.ts";

isolateContract("wasmtime", provisionWasmtime, { tools: true });
isolateContract("wasmtime, Python started anew", () => provisionWasmtime({ python: "plain" }), {
  tools: true,
});

const varied: IsolateRequest = {
  runtime: "python",
  files: { "main.py": "def solve(n):\n    return sum(range(n))" },
  entry: "main.py",
  cases: [2_000],
  limits: DEFAULT_LIMITS,
  seed: 42,
};

describe("wasmtime isolates are processes that do not outlive their run", () => {
  let folder: string;
  let backend: WasmtimeBackend;
  beforeAll(async () => {
    // A library under a name of its own marks the children of this test among all processes.
    folder = await mkdtemp(join(tmpdir(), "orrery-test-"));
    await chmod(folder, 0o755);
    const library = join(folder, "libwasmtime");
    await symlink(await ensureEngineLibrary(wasmtimeOptions()), library);
    backend = await provisionWasmtime({ libraryPath: library });
  }, 120_000);
  afterAll(async () => {
    await backend.close();
    await rm(folder, { recursive: true });
  });

  const endless = (wallMs: number): IsolateRequest => ({
    ...varied,
    files: { "main.py": "def solve(x):\n    while x == 1:\n        pass\n    return x" },
    cases: [1, 2],
    limits: { ...DEFAULT_LIMITS, fuel: Number.MAX_SAFE_INTEGER, cpuMs: 60_000, wallMs },
  });

  /** Processes whose command line names the marked library, by pid. */
  async function children(): Promise<number[]> {
    const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
    const found = await Promise.all(
      pids.map(async (pid) => {
        const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
        return command.includes(folder) ? [pid] : [];
      }),
    );
    return found.flat();
  }

  /** CPU seconds of the child that has used most, apart from the node itself. */
  async function busiest(node: number): Promise<number> {
    const pids = (await children()).filter((pid) => pid !== node);
    const ticks = await Promise.all(
      pids.map(async (pid) => {
        const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
        return Number(stat.slice(stat.lastIndexOf(")")).split(" ")[12] ?? 0);
      }),
    );
    return Math.max(0, ...ticks) / 100;
  }

  /** Empty once the kernel has taken the dead off its list; the ends of their pipes come a moment earlier. */
  async function left(): Promise<number[]> {
    let found = await children();
    for (let look = 0; look < 100 && found.length > 0; look++) {
      await Bun.sleep(5);
      found = await children();
    }
    return found;
  }

  async function appeared(): Promise<number[]> {
    for (;;) {
      const found = await children();
      if (found.length > 0) return found;
      await Bun.sleep(5);
    }
  }

  test.skipIf(process.platform !== "linux")(
    "leaves no process behind after an end, a timeout and a cancellation",
    async () => {
      await backend.run(varied);
      expect(await left()).toEqual([]);
      await backend.run(endless(200));
      expect(await left()).toEqual([]);
      const abort = new AbortController();
      const run = backend.run(endless(60_000), { signal: abort.signal }).catch(() => {});
      await appeared();
      abort.abort();
      await run;
      expect(await left()).toEqual([]);
    },
    60_000,
  );

  test.skipIf(process.platform !== "linux")(
    "leaves no process behind when the node itself is killed in the middle of a run",
    async () => {
      const script = `
        import { provisionWasmtime } from ${JSON.stringify(join(import.meta.dir, "../../test/provision/isolates.ts"))};
        const backend = await provisionWasmtime({ libraryPath: ${JSON.stringify(join(folder, "libwasmtime"))} });
        await backend.run(${JSON.stringify(endless(60_000))});`;
      const path = join(folder, "node.ts");
      await Bun.write(path, script);
      const node = Bun.spawn([process.execPath, path], { stdout: "ignore", stderr: "inherit" });
      // The trial at the start is over quickly; an isolate that stays is the endless one.
      let busy = await busiest(node.pid);
      while (busy < 0.3) busy = await busiest(node.pid);
      node.kill("SIGKILL");
      await node.exited;
      expect(await left()).toEqual([]);
    },
    60_000,
  );

  /** Runs an endless case, and sends its child a signal once it is at it. */
  async function interrupted(signal: NodeJS.Signals) {
    const run = backend.run(endless(30_000));
    run.catch(() => {});
    await appeared();
    while ((await busiest(0)) < 0.3); // past the start, into the endless case
    for (const pid of await children()) process.kill(pid, signal);
    return await run;
  }

  test.skipIf(process.platform !== "linux")(
    "calls a child that a native fault ends infra, goes on with a new one, and the control runs well right after",
    async () => {
      const { cases } = await interrupted("SIGSEGV");
      expect(cases.map(({ outcome }) => outcome)).toEqual(["infra", "ok"]);
      expect(cases[0]?.detail).toMatch(/^the isolate's process broke down: (?:exit code \d+|SIG[A-Z]+)$/);
      const { good } = await runControl(backend, varied, { salt: "" });
      expect(good).toBe(true);
    },
    60_000,
  );

  test.skipIf(process.platform !== "linux")(
    "has nothing to say of a program whose child was killed from outside",
    async () => {
      expect(interrupted("SIGKILL")).rejects.toMatchObject({ code: "unavailable", owner: "infra" });
    },
    60_000,
  );
});

describe("wasmtime isolates of a node that only root can look into", () => {
  test.skipIf(process.getuid?.() !== 0)("run from copies that are removed at the end", async () => {
    const folder = await mkdtemp(join(tmpdir(), "orrery-private-")); // mode 0700
    const staged = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("orrery-isolate-"));
    const before = await staged();
    try {
      const library = join(folder, "libwasmtime");
      await copyFile(await ensureEngineLibrary(wasmtimeOptions()), library);
      const backend = await provisionWasmtime({ libraryPath: library });
      const copies = (await staged()).filter((name) => !before.includes(name));
      expect(copies).not.toEqual([]);
      const { cases } = await backend.run(varied);
      expect(cases[0]?.outcome).toBe("ok");
      await backend.close();
      expect((await staged()).some((name) => copies.includes(name))).toBe(false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
