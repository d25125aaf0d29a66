import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { hostSnapshot } from "../../test/attacks/host.ts";
import { ownUid } from "../../test/attacks/uid.ts";
import { isolateContract } from "../../test/contract/isolate.ts";
import { processMissing, processOptions, provisionProcess } from "../../test/provision/process.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { systemProgram } from "../hardening.ts";
import { createProcessBackend, type ProcessOptions } from "./backend.ts";
import { roomOf } from "./settings.ts";

setDefaultTimeout(30_000);
const missing = await processMissing();
if (missing === undefined) suite();
else if (process.env.CI === "true") throw new Error(missing);
else test.skip(`hardened processes: ${missing}`, () => {});

const root = process.getuid?.() === 0;

const request = (source: string, more: Partial<IsolateRequest> = {}): IsolateRequest => ({
  runtime: "python",
  files: { "main.py": source },
  entry: "main.py",
  cases: [1],
  limits: DEFAULT_LIMITS,
  seed: 1,
  ...more,
});

/** A program of that name that behaves as the script says, for `find`. */
async function instead(
  folder: string,
  name: string,
  script: string,
): Promise<(program: string) => string | null> {
  const path = join(folder, name);
  await Bun.write(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  await chmod(folder, 0o755);
  return (program) => (program === name ? path : systemProgram(program));
}

function suite() {
  isolateContract("process", provisionProcess, { tools: true });

  describe("hardened processes", () => {
    test("get nothing of what an interpreter that waited for them has seen: each runs one case", async () => {
      const backend = await provisionProcess({ spares: 3 });
      try {
        const source =
          "import os, sys\nsys.seen = getattr(sys, 'seen', 0) + 1\ndef solve(x):\n    return [sys.seen, os.listdir('.')]";
        const { cases } = await backend.run(
          request(`${source}\nif os.access('.', os.W_OK):\n    open('left', 'w').close()`, {
            cases: [1, 2, 3, 4, 5],
          }),
        );
        expect(new Set(cases.map(({ output }) => JSON.stringify(output))).size).toBe(1);
        expect((cases[0]!.output as unknown[])[0]).toBe(1);
      } finally {
        await backend.close();
      }
    });

    test("that share their memory limit are ended together", async () => {
      const backend = await provisionProcess();
      try {
        const source =
          "import os\ndef solve(x):\n    while True:\n        if os.fork() == 0:\n            held = bytearray(b'x') * (40 << 20)\n            while True:\n                pass";
        const limits = { ...DEFAULT_LIMITS, memoryBytes: 64 * 1024 * 1024, processes: 64, cpuMs: 2_000 };
        const { cases } = await backend.run(request(source, { limits }));
        const grouped = backend.layers?.().some(({ name, active }) => name === "control-groups" && active);
        // Without control groups it may not even start a second process.
        expect(grouped ? ["memory-limit", "process-limit", "cpu-limit"] : ["error"]).toContain(
          cases[0]!.outcome,
        );
        const room = roomOf(limits, true).memoryBytes;
        expect(cases[0]!.usage.peakBytes ?? 0).toBeLessThanOrEqual(room); // null without control groups
        expect((await backend.run(request("def solve(x):\n    return x"))).cases[0]?.outcome).toBe("ok");
      } finally {
        await backend.close();
      }
    });

    test("an interpreter that does not fit its memory is the request's doing, not ours", async () => {
      const backend = await provisionProcess();
      try {
        const limits = { ...DEFAULT_LIMITS, memoryBytes: 1_048_576 };
        const { cases } = await backend.run(request("def solve(x):\n    return x", { limits }));
        expect(cases[0]?.outcome).toBe("memory-limit");
      } finally {
        await backend.close();
      }
    });

    test("that somebody else kills are infra, not the miner's fault", async () => {
      const uid = ownUid() + 1;
      const backend = await provisionProcess({ uid, spares: 0 });
      try {
        const run = backend.run(request("import time\ndef solve(x):\n    time.sleep(60)"));
        const failure = run.then(
          () => undefined,
          (error) => Failure.from(error),
        );
        const outer = () => hostSnapshot({ uid }).find((line) => /^process \d+ \S*bwrap/.test(line));
        if (!root) return;
        while (outer() === undefined) await Bun.sleep(10);
        await Bun.sleep(300); // into the case
        process.kill(Number(outer()!.split(" ")[1]), "SIGKILL");
        expect(await failure).toMatchObject({ code: "unavailable", owner: "infra" });
      } finally {
        await backend.close();
      }
    });
  });

  test("without control groups there are no processes, threads, files or shared memory, and the limits still hold", async () => {
    const backend = await provisionProcess({ proc: "/nowhere", spares: 0 });
    try {
      expect(backend.layers?.().find(({ name }) => name === "control-groups")).toMatchObject({
        active: false,
      });
      const first = async (source: string, limits = DEFAULT_LIMITS) =>
        (await backend.run(request(source, { limits }))).cases[0]!;
      const quick = await first("def solve(x):\n    return x");
      expect(quick.output).toBe(1);
      expect(quick.usage.cpuMs).toBeGreaterThan(0); // also when it ended before anybody could look
      for (const attempt of [
        "__import__('os').fork()",
        "__import__('threading').Thread(target=print).start()",
        "open('/tmp/file', 'w')",
        "__import__('mmap').mmap(-1, 1 << 30)",
      ]) {
        expect([attempt, (await first(`def solve(x):\n    ${attempt}`)).outcome]).toEqual([attempt, "error"]);
      }
      const endless = "def solve(x):\n    while True:\n        pass";
      const slow = await first(endless, { ...DEFAULT_LIMITS, cpuMs: 200 });
      expect(slow.outcome).toBe("cpu-limit");
      expect(slow.usage.cpuMs).toBeGreaterThan(200);
      expect((await first("def solve(x):\n    return 'x' * (1 << 30)")).outcome).toBe("memory-limit");
    } finally {
      await backend.close();
    }
  });

  describe("nothing is started, and the reason is given,", () => {
    const refusal = async (changes: Partial<ProcessOptions>): Promise<Failure> => {
      const backend = createProcessBackend({ ...processOptions(), ...changes });
      try {
        const check = await backend.check();
        const failure = Failure.from(await backend.prepare({}).catch((error) => error));
        expect(check).toMatchObject({ ok: false, reason: failure.message });
        return failure;
      } finally {
        await backend.close();
      }
    };

    test.if(root)("as root without a way to give it up", async () => {
      const find = (program: string) => (program === "setpriv" ? null : systemProgram(program));
      expect(await refusal({ find })).toMatchObject({
        code: "config",
        message: "isolates cannot give up root here",
      });
    });

    test("without bubblewrap, or with one that cannot close user namespaces", async () => {
      const none = (program: string) => (program === "bwrap" ? null : systemProgram(program));
      expect((await refusal({ find: none })).hint).toContain("bubblewrap 0.8");
      using folder = tempFolder();
      const find = await instead(
        folder.path,
        "bwrap",
        'echo "bwrap: Unknown option --disable-userns" >&2; exit 1',
      );
      expect((await refusal({ find })).hint).toContain("bubblewrap 0.8");
    });

    test("where the kernel lets nobody make namespaces", async () => {
      using folder = tempFolder();
      const find = await instead(
        folder.path,
        "bwrap",
        'echo "bwrap: No permissions to create new namespace" >&2; exit 1',
      );
      expect((await refusal({ find })).hint).toContain("user namespaces");
    });

    test("without a Python that every user can read, or with one too old or with too little", async () => {
      expect(
        (await refusal({ find: (program) => (program === "python3" ? null : systemProgram(program)) }))
          .message,
      ).toBe("there is no python3 here");
      using folder = tempFolder();
      await instead(folder.path, "python3", 'echo \'["/usr/bin/python3.9", "/usr", [3, 9, 2]]\'');
      expect((await refusal({ interpreter: join(folder.path, "python3") })).message).toContain(
        "Python 3.9.2",
      );
      await instead(folder.path, "python3", 'echo \'["/usr/bin/python3", "/usr", [3, 11, 2], false]\'');
      expect((await refusal({ interpreter: join(folder.path, "python3") })).message).toContain("no ctypes");
    });
  });
}
