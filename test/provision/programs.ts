/** Programs that isolates stand behind, and the interpreter of the process back end, from Debian. */
import { systemProgram } from "../../sandbox/hardening.ts";
import type { Provisioned } from "./nats.ts";

const PACKAGES = { bwrap: "bubblewrap", setpriv: "util-linux", python3: "python3" } as const;
const ENV = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };

/** For `test/run.ts`: a line when one is missing, which with CI=true is a failure. */
export async function provisionPrograms(): Promise<{ ok: boolean; missing: string[] }> {
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(PACKAGES)) {
    const found = await provisioned(program, debianPackage);
    if (found.missing !== undefined) missing.push(`${program}: ${found.missing}`);
  }
  return { ok: missing.length === 0 || process.env.CI !== "true", missing };
}

async function provisioned(program: string, debianPackage: string): Promise<Provisioned> {
  const path = systemProgram(program); // a Python of the user's own is not one that isolates can see
  if (path !== null) return { path };
  if (!Bun.which("apt-get"))
    return { missing: `this is not a Debian machine; install ${debianPackage} by hand` };
  if (process.getuid?.() !== 0) return { missing: `run as root once, or: apt-get install ${debianPackage}` };
  const install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", debianPackage];
  let said = await run(install);
  if (said !== undefined) {
    await run(["apt-get", "update", "-q"]); // a fresh machine has no package lists yet
    said = await run(install);
  }
  const installed = systemProgram(program);
  return installed === null ? { missing: said ?? "apt-get installed it elsewhere" } : { path: installed };
}

/** Runs a command; undefined when it succeeded, otherwise the end of what it said. */
async function run(command: string[]): Promise<string | undefined> {
  const child = Bun.spawn(command, { env: ENV, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  return code === 0 ? undefined : said.trim().slice(-300) || `${command[0]} ended with ${code}`;
}
