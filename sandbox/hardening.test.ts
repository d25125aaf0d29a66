import { describe, expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import { createBunSpawn } from "../runtime/ports/bun-spawn.ts";
import type { Spawn } from "../runtime/ports/spawn.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { detectHardening } from "./hardening.ts";

/** A machine on which exactly these programs work. */
function machine(...programs: string[]): Spawn {
  const words = ["setpriv", "bwrap", "unshare"];
  return {
    async run({ command }) {
      const works = command.every(
        (word) => !word.startsWith("/not-installed") && (!words.includes(word) || programs.includes(word)),
      );
      const nothing = new Uint8Array();
      const usage = { wallMs: 0, cpuMs: 0, peakBytes: 0 };
      const rest = { signalCode: null, stdout: nothing, stderr: nothing, pipes: [], overflow: false, usage };
      return { exitCode: works ? 0 : 1, ...rest };
    },
  };
}
const find = (program: string) => program;
const never = (): never => {
  throw new Error("not asked here");
};
const programsIn = (command: string[]) =>
  command.filter((word) => ["setpriv", "bwrap", "unshare"].includes(word));

describe("hardening", () => {
  test("stacks limits, the uid drop and bubblewrap in this order", async () => {
    const found = await detectHardening({ spawn: machine("setpriv", "bwrap", "unshare"), find, root: true });
    const command = found.wrap(["child"]);
    expect(command.slice(0, 2)).toEqual(["/bin/sh", "-c"]);
    expect(command[2]).toContain("ulimit -f 0");
    expect(programsIn(command)).toEqual(["setpriv", "bwrap"]);
    expect(command).toContain("--reuid=65534");
    expect(command).toContain("--disable-userns");
    expect(command.at(-1)).toBe("child");
  });

  test("joins the control group first of all, so that nothing is outside of it", async () => {
    const found = await detectHardening({ spawn: machine("setpriv", "bwrap"), find, root: true });
    const group = { join: ["/groups/cgroup.procs"], usage: () => never(), remove: async () => {} };
    const [, , script, , first] = found.wrap(["child"], { group });
    expect(first).toBe("/groups/cgroup.procs");
    expect(script!.indexOf("echo $$")).toBeLessThan(script!.indexOf("exec"));
  });

  test("drops the uid after namespaces were made when only unshare is there, since that needs root", async () => {
    const found = await detectHardening({ spawn: machine("setpriv", "unshare"), find, root: true });
    expect(programsIn(found.wrap([]))).toEqual(["setpriv", "unshare", "setpriv"]);
  });

  test("goes without a filter where the kernel takes none, and says so", async () => {
    const spawn = machine("setpriv", "bwrap");
    const without: Spawn = {
      run: (options) => spawn.run(options.command.includes("--seccomp") ? { command: ["unshare"] } : options),
    };
    const found = await detectHardening({ spawn: without, find, root: true, filter: "/filter" });
    expect(programsIn(found.wrap([]))).toEqual(["setpriv", "bwrap"]);
    expect(found.layers.find(({ name }) => name === "system-calls")).toMatchObject({ active: false });
  });

  test("leaves to what forks isolates the right to make namespaces, and the filter for it to put on", async () => {
    const options = { spawn: machine("setpriv", "bwrap"), find, root: true, filter: "/filter", all: true };
    const wrapped = async (forks: boolean) => (await detectHardening({ ...options, forks })).wrap(["child"]);
    const [isolate, server] = [await wrapped(false), await wrapped(true)];
    const kept = (command: string[]) => command.filter((_, at) => command[at - 1] === "--cap-add");
    expect([kept(isolate), kept(server)]).toEqual([[], ["CAP_SYS_ADMIN", "CAP_SETPCAP"]]);
    expect([isolate.includes("--seccomp"), server.includes("--seccomp")]).toEqual([true, false]);
    for (const layer of [
      "--reuid=65534",
      "--no-new-privs",
      "--disable-userns",
      "--unshare-net",
      "--clearenv",
    ])
      expect(server).toContain(layer);
  });

  test("refuses root without a uid drop, and says what to do", async () => {
    const refused = await detectHardening({ spawn: machine("bwrap", "unshare"), find, root: true }).catch(
      (e) => e,
    );
    expect(Failure.from(refused).code).toBe("config");
    expect(Failure.from(refused).hint).toContain("ordinary user");
  });

  test("an ordinary user needs no uid drop and works with what there is", async () => {
    const found = await detectHardening({ spawn: machine(), find, root: false });
    expect(found.wrap(["child"]).at(-1)).toBe("child");
    expect(programsIn(found.wrap(["child"]))).toEqual([]);
    const active = found.layers.filter((layer) => layer.active);
    expect(active.map(({ name }) => name)).toEqual(["rlimits"]);
    expect(found.layers.every(({ detail }) => detail !== "")).toBe(true);
  });

  describe("with all layers asked for", () => {
    const refusal = async (spawn: Spawn, lookup = find as (program: string) => string | null) =>
      Failure.from(
        await detectHardening({ spawn, find: lookup, root: true, filter: "/filter", all: true }).catch(
          (e) => e,
        ),
      );

    test("one that is missing is refused, even if a weaker one is there", async () => {
      const failure = await refusal(machine("setpriv", "unshare"));
      expect(failure).toMatchObject({ code: "config", message: expect.stringContaining("hardened") });
      const noBwrap = await refusal(machine("setpriv"), (name) => (name === "bwrap" ? null : name));
      expect(noBwrap.hint).toContain("bubblewrap 0.8");
    });

    test("what the kernel said decides what to do about it", async () => {
      const says = (text: string): Spawn => ({
        run: async (options) => {
          const result = await machine("setpriv").run(options);
          return { ...result, stderr: new TextEncoder().encode(text) };
        },
      });
      expect((await refusal(says("bwrap: Unknown option --disable-userns"))).hint).toContain("0.8");
      expect((await refusal(says("bwrap: setting up uid map: Permission denied"))).hint).toContain("sysctl");
    });
  });

  test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
    "really takes away root, capabilities, new privileges and the network",
    async () => {
      const spawn = createBunSpawn({ clock: createSystemClock() });
      const { wrap } = await detectHardening({ spawn, root: true });
      const script =
        "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; tail -n +3 /proc/net/dev | cut -d: -f1; ulimit -n; ulimit -f";
      const { stdout } = await spawn.run({
        command: wrap(["sh", "-c", script]),
        env: { PATH: "/usr/bin:/bin" },
      });
      const lines = new TextDecoder().decode(stdout);
      expect(lines).toStartWith("65534\n");
      expect(lines).toMatch(/CapEff:\s+0{16}\nCapBnd:\s+0{16}\nNoNewPrivs:\s+1/);
      expect(lines).toMatch(/\n\s*lo\n64\n0\n$/);
    },
  );
});
