/**
 * A real PostgreSQL for the tests: Debian's binaries (15 in bookworm), a fresh cluster in a temporary folder, reached
 * over a Unix socket only, so that no port is taken. PostgreSQL refuses root: then it runs as an unprivileged user.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Provisioned } from "./nats.ts";

const DEBIAN = "/usr/lib/postgresql";
const START_DEADLINE_MS = 30_000;
const USER = "orrery";

export interface PostgresServer {
  /** A new, empty database on it. */
  database(): Promise<string>;
  /** Kills one of its processes as a crash would; the postmaster then restarts all of them. */
  kill(pid: number): void;
  /** Ends one connection as an administrator would. */
  terminate(pid: number): void;
  stop(): Promise<void>;
}

/** The folder with `initdb` and `postgres`; installed by apt-get when that is possible. */
export async function postgresBinaries(): Promise<Provisioned> {
  const path = find();
  if (path !== undefined) return { path };
  if (!Bun.which("apt-get")) return { missing: "this is not a Debian machine" };
  if (process.getuid?.() !== 0) return { missing: "run as root once, or: apt-get install postgresql" };
  const installed = await install();
  const found = find();
  return found === undefined ? { missing: `apt-get install postgresql: ${installed}` } : { path: found };
}

/** For `test/run.ts`: a line when it is missing, which with CI=true is a failure. */
export async function provisionPostgres(): Promise<{ ok: boolean; missing: string[] }> {
  const { missing } = await postgresBinaries();
  if (missing === undefined) return { ok: true, missing: [] };
  return { ok: process.env.CI !== "true", missing: [`postgresql: ${missing}`] };
}

/** Starts a server with fsync on. Stop it; it also stops by itself when this process dies. */
export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-postgres-"));
  const data = join(folder, "data");
  const user = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (user !== undefined) await must(["chown", user, folder]);
  const as = user === undefined ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  await must([
    ...as,
    join(binaries, "initdb"),
    ...["-D", data, "-U", USER, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"],
  ]);
  const server = Bun.spawn({
    cmd: [
      ...["setpriv", "--pdeathsig", "QUIT"],
      ...as.slice(1),
      join(binaries, "postgres"),
      ...["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=on"],
    ],
    cwd: folder,
    stdout: "ignore",
    stderr: "pipe",
  });
  const url = (database: string) => `postgres://${USER}@localhost/${database}?host=${folder}`;
  try {
    await saying(server.stderr, "ready to accept connections");
  } catch (thrown) {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
  const admin = new Bun.SQL(url("postgres"), { max: 1 });
  let databases = 0;
  return {
    async database() {
      const name = `ledger${++databases}`;
      await admin.unsafe(`create database ${name}`);
      return url(name);
    },
    kill: (pid) => signal(pid, "SIGKILL"),
    terminate: (pid) => signal(pid, "SIGTERM"),
    async stop() {
      await admin.close({ timeout: 0 });
      server.kill("SIGQUIT");
      await server.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function signal(pid: number, name: "SIGKILL" | "SIGTERM"): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown; // it has ended by itself meanwhile
  }
}

function find(): string | undefined {
  const debian = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...debian.map((version) => join(DEBIAN, version, "bin")), "/usr/bin", "/usr/local/bin"];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

async function install(): Promise<string> {
  const options = ["-q", "-y", "--no-install-recommends"];
  const first = await run(["apt-get", "install", ...options, "postgresql"]);
  if (first.code === 0) return "done";
  await run(["apt-get", "update", "-q"]); // a fresh machine has no package lists yet
  const second = await run(["apt-get", "install", ...options, "postgresql"]);
  return second.output.trim().split("\n").at(-1) ?? `exit ${second.code}`;
}

function unprivileged(): string {
  const known = ["postgres", "nobody"].find((name) => Bun.spawnSync(["id", name]).success);
  if (known === undefined)
    throw new Error("PostgreSQL refuses root, and there is neither postgres nor nobody");
  return Bun.spawnSync(["id", "-u", known]).stdout.toString().trim();
}

async function run(cmd: string[]): Promise<{ code: number; output: string }> {
  const child = Bun.spawn({
    cmd,
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, output: out + error };
}

async function must(cmd: string[]): Promise<void> {
  const { code, output } = await run(cmd);
  if (code !== 0) throw new Error(`${cmd.join(" ")} ended with ${code}: ${output}`);
}

/** Waits for a line of the log, and goes on reading it so that the server never blocks on a full pipe. */
async function saying(log: ReadableStream<Uint8Array>, words: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const deadline = setTimeout(
    () => reject(new Error(`PostgreSQL is not ready:\n${text}`)),
    START_DEADLINE_MS,
  );
  let text = "";
  void (async () => {
    for await (const chunk of log) {
      text = (text + Buffer.from(chunk).toString()).slice(-10_000);
      if (text.includes(words)) resolve();
    }
    reject(new Error(`PostgreSQL ended:\n${text}`));
  })();
  return promise.finally(() => clearTimeout(deadline));
}
