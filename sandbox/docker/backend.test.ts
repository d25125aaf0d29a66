import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { isolateContract } from "../../test/contract/isolate.ts";
import { dockerBackend, dockerMissing, engineTraces, startDocker } from "../../test/provision/docker.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { buildImage, findImage } from "./image.ts";
import { LABEL } from "./settings.ts";

const missing = await dockerMissing();
if (missing === undefined) await suite();
else test.skip(`Docker isolates: ${missing}`, () => {});

async function suite() {
  setDefaultTimeout(60_000);
  const docker = await startDocker();
  afterAll(() => docker.stop());

  isolateContract("docker", () => dockerBackend(docker), { tools: true });

  const request = (source: string, more: Partial<IsolateRequest> = {}): IsolateRequest => ({
    runtime: "python",
    files: { "main.py": source },
    entry: "main.py",
    cases: [1],
    limits: DEFAULT_LIMITS,
    seed: 1,
    ...more,
  });
  const endless = (wallMs: number) =>
    request("import time\ndef solve(x):\n    while x == 1:\n        time.sleep(1)\n    return x", {
      cases: [1, 2],
      limits: { ...DEFAULT_LIMITS, wallMs },
    });
  const containers = (state?: string) =>
    docker.engine.listContainers({
      all: true,
      filters: { label: [LABEL], ...(state === undefined ? {} : { status: [state] }) },
    });
  /** The container of a case that really runs, not one that only waits for a case. */
  const busy = async (): Promise<string> => {
    let found: string | undefined;
    await eventually(async () => {
      for (const { Id } of await containers("running")) {
        const top = await docker.engine
          .getContainer(Id)
          .top()
          .catch(() => undefined); // it has just ended
        // Of a container that is just ending the engine lists no processes, not even none.
        const processes: readonly unknown[] = top?.Processes ?? [];
        if (processes.length > 1) found = Id;
      }
      return found !== undefined;
    });
    return found!;
  };

  describe("containers of isolates", () => {
    test("are gone after an end, a timeout, a cancellation, and with them all that held them", async () => {
      const before = await engineTraces(docker);
      const backend = await dockerBackend(docker);
      try {
        await backend.run(request("def solve(x):\n    return x"));
        await backend.run(endless(200));
        const abort = new AbortController();
        const run = backend.run(endless(60_000), { signal: abort.signal }).catch((error) => error);
        await busy();
        abort.abort();
        expect(Failure.from(await run).code).toBe("cancelled");
      } finally {
        await backend.close();
      }
      const left = (await engineTraces(docker)).filter((trace) => !before.includes(trace));
      expect(left).toEqual([]);
    });

    test("end with their node when it is killed, and the next node removes them", async () => {
      using folder = tempFolder();
      const script = join(folder.path, "node.ts");
      await Bun.write(
        script,
        `import { createDockerBackend } from ${JSON.stringify(join(import.meta.dir, "backend.ts"))};
        import { createSystemClock } from ${JSON.stringify(join(import.meta.dir, "../../runtime/ports/system-clock.ts"))};
        const { socketPath, image } = ${JSON.stringify({ socketPath: docker.socketPath, image: docker.image })};
        const backend = createDockerBackend({ clock: createSystemClock(), socketPath, image });
        await backend.run(${JSON.stringify(endless(60_000))});`,
      );
      const node = Bun.spawn([process.execPath, script], { stdout: "ignore", stderr: "inherit" });
      await busy();
      node.kill("SIGKILL");
      await node.exited;
      await eventually(async () => (await containers("running")).length === 0);
      expect((await containers()).length).toBeGreaterThan(0);
      const backend = await dockerBackend(docker, { spares: 0 });
      await backend.close();
      expect(await containers()).toEqual([]);
    });

    test("that somebody else kills are infra, not the miner's fault", async () => {
      const backend = await dockerBackend(docker, { spares: 0 });
      try {
        const run = backend.run(endless(60_000)).catch((error) => error);
        await docker.engine.getContainer(await busy()).kill();
        expect(Failure.from(await run)).toMatchObject({ code: "unavailable", owner: "infra" });
        const { cases } = await backend.run(request("def solve(x):\n    return x"));
        expect(cases[0]?.outcome).toBe("ok");
      } finally {
        await backend.close();
      }
    });

    test("more memory than all processes together may have ends in memory-limit", async () => {
      const source =
        "import os\ndef solve(x):\n    while True:\n        os.fork()\n        held = bytearray(b'x') * (40 << 20)";
      const limits = { ...DEFAULT_LIMITS, memoryBytes: 64 * 1024 * 1024, processes: 64 };
      const backend = await dockerBackend(docker);
      try {
        const { cases } = await backend.run(request(source, { limits }));
        expect(["memory-limit", "process-limit"]).toContain(cases[0]!.outcome);
      } finally {
        await backend.close();
      }
    });
  });

  test("an engine that is lost in the middle of a run is infra", async () => {
    using folder = tempFolder();
    const socketPath = join(folder.path, "proxy.sock");
    const proxy = engineProxy(docker.socketPath, socketPath);
    const backend = await dockerBackend({ ...docker, socketPath }, { spares: 0 });
    const run = backend.run(endless(60_000)).catch((error) => error);
    await busy();
    proxy.cut();
    expect(Failure.from(await run)).toMatchObject({ code: "unavailable", owner: "infra" });
    await backend.close();
    await eventually(async () => (await containers("running")).length === 0);
  });

  test.skipIf(Bun.which("runsc") === null || process.env.DOCKER_HOST !== undefined)(
    "gVisor is one setting: cases then run on a kernel of its own",
    async () => {
      const backend = await dockerBackend(docker, { runtime: "runsc", spares: 0 });
      try {
        const source =
          "import platform\ndef solve(x):\n    while x == 2:\n        pass\n    return [x, platform.release()]";
        const limits = { ...DEFAULT_LIMITS, cpuMs: 1_000 }; // on a busy machine its kernel alone takes 300
        const { cases, isolate } = await backend.run(request(source, { cases: [1, 2, 3], limits }));
        expect(cases.map(({ outcome }) => outcome)).toEqual(["ok", "cpu-limit", "ok"]);
        expect(cases[0]!.output).toEqual([1, expect.stringMatching(/^\d/)]);
        expect(cases[0]!.output).not.toEqual([1, release()]);
        expect(isolate.engine).toContain("runsc");
      } finally {
        await backend.close();
      }
    },
  );

  describe("the runner image", () => {
    test("is never pulled: a base that is not here is refused", async () => {
      const failure = await buildImage({ engine: docker.engine, base: "nowhere/none:1", tag: "x" }).catch(
        (error) => error,
      );
      expect(failure).toMatchObject({ code: "config" });
      expect(failure.hint).toContain("docker pull nowhere/none:1");
    });

    test("has to be there, and of this version", async () => {
      for (const reference of ["nowhere/none:1", "orrery-test-base"]) {
        const failure = await findImage(docker.engine, reference).catch((error) => error);
        expect(failure).toMatchObject({ code: "unavailable", retryable: false });
        expect(failure.hint).toContain("isolate image");
      }
      expect(await findImage(docker.engine, docker.image)).toBe(docker.image);
    });

    test("serves QUASAR's /health and /execute on a Unix socket, and not to the submission", async () => {
      using folder = tempFolder();
      await chmod(folder.path, 0o777);
      const container = await docker.engine.createContainer({
        Image: docker.image,
        Cmd: ["--socket", "/run/orrery/guest.sock"],
        Labels: { [LABEL]: "test" },
        HostConfig: { NetworkMode: "none", CapDrop: ["ALL"], Binds: [`${folder.path}:/run/orrery`] },
      });
      try {
        await container.start();
        const unix = join(folder.path, "guest.sock");
        await eventually(() =>
          fetch("http://guest/health", { unix }).then(
            (answer) => answer.ok,
            () => false,
          ),
        );
        const health = await fetch("http://guest/health", { unix });
        expect(await health.json()).toEqual({ status: "healthy", version: "1.0" });
        const execute = async (body: object) => {
          const answer = await fetch("http://guest/execute", {
            unix,
            method: "POST",
            body: JSON.stringify(body),
          });
          return (await answer.json()) as Record<string, unknown>;
        };
        const { execution_time_ms, ...added } = await execute({
          code: "```python\ndef solve(a, b):\n    return a + b\n```",
          function_name: "solve",
          test_input: "[1, 2]",
        });
        expect(added).toEqual({ success: true, output: 3, error: null, timeout: false });
        expect(execution_time_ms).toBeGreaterThan(0);
        expect(await execute({ code: "def solve(x):\n    return 1 / 0", test_input: 1 })).toMatchObject({
          success: false,
          output: null,
          error: "Function execution error: ZeroDivisionError: division by zero (line 2)",
        });
        expect(await execute({ code: " \n", test_input: 1 })).toEqual({
          ...{ success: false, output: null, error: "No code provided", timeout: false },
          execution_time_ms: 0,
        });
        expect((await execute({ code: "def solve(:", test_input: 1 })).error).toStartWith("Syntax error: ");
        expect((await execute({ code: "nothing = 1", test_input: 1 })).error).toStartWith(
          "No callable entrypoint found",
        );
        const inside =
          "import socket\ndef solve(x):\n    s = socket.socket(socket.AF_UNIX)\n    s.connect('/run/orrery/guest.sock')\n    s.sendall(b'GET /health HTTP/1.0\\r\\n\\r\\n')\n    s.settimeout(1)\n    return s.recv(100).decode()";
        expect((await execute({ code: inside, test_input: 1 })).success).toBe(false);
        expect((await fetch("http://guest/health", { unix })).ok).toBe(true);
      } finally {
        await container.remove({ force: true });
      }
    });
  });
}

/** Asks again until it holds. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${holds}`);
    await Bun.sleep(10);
  }
}

/** Stands between a back end and the engine, so that the engine can be lost without stopping it for others. */
function engineProxy(engine: string, unix: string): { cut(): void } {
  const ends = new Set<Bun.Socket<{ other?: Bun.Socket; waiting: Buffer[] }>>();
  const server = Bun.listen<{ other?: Bun.Socket; waiting: Buffer[] }>({
    unix,
    socket: {
      async open(client) {
        client.data = { waiting: [] };
        ends.add(client);
        client.data.other = await Bun.connect({
          unix: engine,
          socket: {
            data: (_, chunk) => void client.write(chunk),
            close: () => void client.end(),
          },
        });
        for (const chunk of client.data.waiting) client.data.other.write(chunk);
      },
      data(client, chunk) {
        if (client.data.other === undefined) client.data.waiting.push(Buffer.from(chunk));
        else client.data.other.write(chunk);
      },
      close(client) {
        client.data.other?.end();
        ends.delete(client);
      },
    },
  });
  return {
    cut() {
      server.stop(true);
      for (const end of ends) end.terminate();
    },
  };
}
