/** What one case must not have of another, of the process that both are forked from, or of the node. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, readlinkSync } from "node:fs";
import { Failure } from "../../protocol/failure.ts";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { hostSnapshot } from "../../test/attacks/host.ts";
import { ownUid } from "../../test/attacks/uid.ts";
import { processMissing, provisionProcess } from "../../test/provision/process.ts";
import type { IsolateBackend } from "../isolate.ts";
import { createForkServer } from "./fork-server.ts";

setDefaultTimeout(30_000);
const missing = await processMissing();
const root = process.getuid?.() === 0;
const NAMESPACES = ["mnt", "pid", "net", "ipc", "uts", "cgroup"];

const request = (source: string, more: Partial<IsolateRequest> = {}): IsolateRequest => ({
  runtime: "python",
  files: { "main.py": source },
  entry: "main.py",
  cases: [1],
  limits: DEFAULT_LIMITS,
  seed: 1,
  ...more,
});
const answers = async (backend: IsolateBackend, source: string, cases = 1): Promise<unknown[]> => {
  const evidence = await backend.run(request(source, { cases: Array(cases).fill(1) }));
  return evidence.cases.map(({ outcome, output, detail }) => (outcome === "ok" ? output : detail));
};

/** Processes of that uid by what they are, told by their numbers in the namespaces that they are in. */
function processes(uid: number) {
  const found = { outside: [] as number[], cases: [] as number[], children: [] as number[] };
  for (const line of hostSnapshot({ uid })) {
    const pid = /^process (\d+) \S*python/.exec(line)?.[1];
    if (pid === undefined) continue;
    const [, inner] = /^NSpid:\s+\d+(?:\s+(\d+))?$/m.exec(statusOf(pid)) ?? [];
    const kind = inner === undefined ? "outside" : inner === "1" ? "cases" : "children";
    found[kind].push(Number(pid));
  }
  return found;
}
const statusOf = (pid: number | string): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return ""; // it has just ended
  }
};
/** But for what has ended already and waits for the machine's first process to take note. */
const left = (uid: number): string[] =>
  hostSnapshot({ uid }).filter((line) => /^process \d+ (?!zombie)/.test(line));
const namespace = (pid: number | "self", kind: string) => readlinkSync(`/proc/${pid}/ns/${kind}`);

describe.skipIf(missing !== undefined)("cases that are forked from one process", () => {
  test.if(root)(
    "have another uid, no capabilities, no new privileges, a filter, a session and namespaces of their own",
    async () => {
      const uid = ownUid();
      const backend = await provisionProcess({ uid, spares: 0 });
      const abort = new AbortController();
      try {
        const endless = request("def solve(x):\n    while True:\n        pass");
        for (let at = 0; at < 2; at++) backend.run(endless, { signal: abort.signal }).catch(() => {});
        while (processes(uid).cases.length < 2) await Bun.sleep(10);
        const { cases, outside } = processes(uid);
        for (const pid of cases) {
          const filtered = () => /^Seccomp:\s+2$/m.test(statusOf(pid));
          while (!filtered()) await Bun.sleep(10); // the last layer is on
          const status = statusOf(pid);
          const field = (name: string) =>
            new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1]?.trim().split("\t");
          for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
            expect([set, field(set)]).toEqual([set, ["0".repeat(16)]]);
          expect([field("NoNewPrivs"), field("Groups")]).toEqual([["1"], [""]]);
          expect([field("Uid"), field("Gid")]).toEqual([
            Array(4).fill(String(uid)),
            Array(4).fill(String(uid)),
          ]);
          expect(field("NSsid")?.[1]).toBe("1");
          expect(namespace(pid, "user")).not.toBe(namespace("self", "user"));
        }
        for (const kind of NAMESPACES) {
          const theirs = [...cases, ...(kind === "pid" ? [] : outside.slice(0, 1)), "self" as const];
          const distinct = new Set(theirs.map((pid) => namespace(pid, kind))).size;
          // The server's control groups are the node's, whose files it must be able to name.
          expect([kind, distinct]).toEqual([kind, kind === "cgroup" ? 3 : theirs.length]);
        }
      } finally {
        abort.abort();
        await backend.close();
      }
      expect(left(uid)).toEqual([]);
    },
  );

  test.if(root)("hold what they need and no other descriptor: five sockets", async () => {
    const backend = await provisionProcess();
    try {
      const source = `
import os, stat
def solve(x):
    found = []
    for number in range(1024):
        try:
            found.append([number, stat.S_ISSOCK(os.fstat(number).st_mode)])
        except OSError:
            pass
    return found`;
      expect(await answers(backend, source)).toEqual([[0, 1, 2, 3, 4].map((number) => [number, true])]);
    } finally {
      await backend.close();
    }
  });

  test("draw other random numbers, in modules that were loaded before they were forked as well", async () => {
    const backend = await provisionProcess({ spares: 3 });
    try {
      const drawn = await answers(backend, "import random\ndef solve(x):\n    return random.random()", 4);
      expect(new Set(drawn).size).toBe(4);
    } finally {
      await backend.close();
    }
  });

  test("find the program's module as empty as a fresh interpreter has it", async () => {
    const backend = await provisionProcess();
    try {
      const source = `
import sys, __main__
def solve(x):
    return [sorted(name for name in vars(__main__) if name[0] != '_' or name in ('_serve', '_harness', '_run')), sys.argv]`;
      expect(await answers(backend, source)).toEqual([[[], ["main.py"]]]);
    } finally {
      await backend.close();
    }
  });

  test("cannot reach each other through names that only a network or IPC namespace keeps apart, nor through /tmp", async () => {
    const backend = await provisionProcess();
    try {
      const source = `
import os, socket, time
def solve(me):
    other = 'b' if me == 'a' else 'a'
    mine = socket.socket(socket.AF_UNIX)
    mine.bind('\\0orrery-' + me)
    mine.listen()
    try:
        open('/tmp/' + me, 'w').close()
    except OSError:
        pass # without control groups nothing can be written
    end, reached = time.monotonic() + 1, []
    while time.monotonic() < end and not reached:
        with socket.socket(socket.AF_UNIX) as asking:
            if asking.connect_ex('\\0orrery-' + other) == 0:
                reached.append('socket')
        if os.path.exists('/tmp/' + other):
            reached.append('file')
        time.sleep(0.01)
    with socket.socket(socket.AF_UNIX) as asking:
        return [reached, asking.connect_ex('\\0orrery-' + me), os.listdir('/tmp')]`;
      const both = await Promise.all(
        ["a", "b"].map((name) => backend.run(request(source, { cases: [name] }))),
      );
      const grouped = backend.layers?.().some(({ name, active }) => name === "control-groups" && active);
      expect(both.map(({ cases }) => cases[0]?.output ?? cases[0]?.detail)).toEqual([
        [[], 0, grouped ? ["a"] : []],
        [[], 0, grouped ? ["b"] : []],
      ]);
    } finally {
      await backend.close();
    }
  });

  test.if(root)(
    "end with that process, as nobody's fault, and the next are forked from another",
    async () => {
      const uid = ownUid() + 2;
      const backend = await provisionProcess({ uid });
      try {
        const run = backend.run(request("import time\ndef solve(x):\n    time.sleep(60)")).then(
          ({ cases }) => cases[0]?.outcome, // had it not begun
          (thrown) => Failure.from(thrown).owner,
        );
        while (processes(uid).cases.length === 0) await Bun.sleep(10);
        const server = Math.min(...processes(uid).outside); // the oldest
        process.kill(server, "SIGKILL");
        expect(await run).toBe("infra");
        // Whoever comes before its end is noticed is told the same.
        const again = (): Promise<unknown[]> =>
          answers(backend, "def solve(x):\n    return x").catch((thrown) => {
            if (Failure.from(thrown).owner === "infra") return again();
            throw thrown;
          });
        expect(await again()).toEqual([1]);
        expect(processes(uid).outside).not.toContain(server);
      } finally {
        await backend.close();
      }
      expect(left(uid)).toEqual([]);
    },
  );

  test.if(root)(
    "have used too much memory also when the kernel ends who waits for them on that account",
    async () => {
      const uid = ownUid() + 3;
      const backend = await provisionProcess({ uid, spares: 0 });
      try {
        const source = `
import os, threading, time
def solve(x):
    for child in range(4):
        if os.fork() == 0:
            held = bytearray(b'x') * (50 << 20)
            time.sleep(60)
    os.wait()
    threading.Thread(target=time.sleep, args=[60]).start()
    time.sleep(60)`;
        const limits = { ...DEFAULT_LIMITS, memoryBytes: 64 << 20 };
        const run = backend.run(request(source, { limits }));
        const started = () => /^Threads:\s+2$/m.test(statusOf(processes(uid).cases[0] ?? "none"));
        while (!started()) await Bun.sleep(5); // one child has been ended
        process.kill(Math.max(...processes(uid).outside), "SIGKILL"); // as the kernel might have chosen
        expect((await run).cases[0]?.outcome).toBe("memory-limit");
      } finally {
        await backend.close();
      }
    },
  );
});

test("a fork server that cannot be started says why to whoever wants a case", async () => {
  const clock = createSystemClock();
  const server = createForkServer({
    command: ["/bin/sh", "-c", "head -c 1 >/dev/null; echo no such thing >&2"],
    clock,
  });
  const { life } = server.fork({ rlimits: {}, diskBytes: 0 });
  expect(await new Response(Bun.file(life).stream()).text()).toBe("");
  expect(await server.complaint()).toBe("no such thing");
  await server.close();
});
