import { describe, expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import { createBunSpawn } from "../runtime/ports/bun-spawn.ts";
import type { Spawn } from "../runtime/ports/spawn.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { detectHardening } from "./hardening.ts";

/** A machine on which exactly these programs work. */
function machine(...programs: string[]): Spawn {
  const words = ["prlimit", "setpriv", "bwrap", "unshare"];
  return {
    async run({ command }) {
      const works = command.every((word) => !words.includes(word) || programs.includes(word));
      const nothing = new Uint8Array();
      const usage = { wallMs: 0, cpuMs: 0, peakBytes: 0 };
      const rest = { signalCode: null, stdout: nothing, stderr: nothing, pipes: [], overflow: false, usage };
      return { exitCode: works ? 0 : 1, ...rest };
    },
  };
}
const find = (program: string) => program;
const programsIn = (command: string[]) =>
  command.filter((word) => ["prlimit", "setpriv", "bwrap", "unshare"].includes(word));

describe("hardening", () => {
  test("stacks limits, the uid drop and bubblewrap in this order", async () => {
    const found = await detectHardening({
      spawn: machine("prlimit", "setpriv", "bwrap", "unshare"),
      find,
      root: true,
    });
    const command = found.wrap(["child"]);
    expect(programsIn(command)).toEqual(["prlimit", "setpriv", "bwrap"]);
    expect(command).toContain("--reuid=65534");
    expect(command.at(-1)).toBe("child");
  });

  test("drops the uid after namespaces were made when only unshare is there, since that needs root", async () => {
    const found = await detectHardening({
      spawn: machine("prlimit", "setpriv", "unshare"),
      find,
      root: true,
    });
    expect(programsIn(found.wrap([]))).toEqual(["prlimit", "setpriv", "unshare", "setpriv"]);
  });

  test("refuses root without a uid drop, and says what to do", async () => {
    const refused = await detectHardening({
      spawn: machine("prlimit", "bwrap", "unshare"),
      find,
      root: true,
    }).catch((e) => e);
    expect(Failure.from(refused).code).toBe("config");
    expect(Failure.from(refused).hint).toContain("ordinary user");
  });

  test("an ordinary user needs no uid drop and works with what there is", async () => {
    const found = await detectHardening({ spawn: machine(), find, root: false });
    expect(found.wrap(["child"])).toEqual(["child"]);
    expect(found.layers.filter(({ active }) => active)).toEqual([]);
    expect(found.layers.every(({ detail }) => detail !== "")).toBe(true);
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
