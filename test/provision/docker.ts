/**
 * A real Docker engine for tests: Debian's docker.io, its own daemon in a temporary folder with no network of its own,
 * or a running engine named by DOCKER_HOST. No image registry is needed: the base image is Debian's python3, unpacked
 * from packages.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import Docker from "dockerode";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createDockerBackend, type DockerOptions } from "../../sandbox/docker/backend.ts";
import { buildImage } from "../../sandbox/docker/image.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";

const TOOLS = resolve(import.meta.dir, "../../.orrery/tools");
const BASE = "orrery-test-base:latest";
const IMAGE = "orrery-runner";
const CGROUPS = "/sys/fs/cgroup";
const READY_MS = 30_000;
const PACKAGES = [
  ...[
    "libc6",
    "libgcc-s1",
    "zlib1g",
    "libexpat1",
    "libssl3",
    "libbz2-1.0",
    "liblzma5",
    "libffi8",
    "libcrypt1",
  ],
  ...["libuuid1", "libpython3.11-minimal", "libpython3.11-stdlib", "python3.11-minimal", "python3-minimal"],
];

export interface DockerEngine {
  socketPath: string;
  engine: Docker;
  /** Id of the runner image. */
  image: string;
  stop(): Promise<void>;
}

/** For `test/run.ts`: a line when there is no engine, which with CI=true is a failure. */
export async function provisionDocker(): Promise<{ ok: boolean; missing: string[] }> {
  const missing = await dockerMissing();
  if (missing === undefined) return { ok: true, missing: [] };
  return { ok: process.env.CI !== "true", missing: [`docker: ${missing}`] };
}

/** Debian keeps it where only root's path leads. */
const dockerd = (): string | null =>
  Bun.which("dockerd", { PATH: `${process.env.PATH}:/usr/sbin:/sbin:/usr/local/sbin` });

/** Installs what is missing where that is possible; undefined when an engine can be started here. */
export async function dockerMissing(): Promise<string | undefined> {
  if (givenSocket() === undefined && dockerd() === null) {
    if (!Bun.which("apt-get"))
      return "this is not a Debian machine; name an engine with DOCKER_HOST=unix://…";
    if (process.getuid?.() !== 0) return "run as root once, or name an engine with DOCKER_HOST=unix://…";
    // Debian would start a daemon of the system at once; the tests have their own.
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    await run(["apt-get", "update", "-q"], { env });
    const failed = await run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "docker.io"], {
      env,
    });
    if (failed !== undefined) return failed;
  }
  if (givenSocket() === undefined && process.getuid?.() !== 0) return "only root can start dockerd";
  return await baseArchive().then(
    () => undefined,
    (thrown: Error) => thrown.message,
  );
}

/** A running engine with the runner image in it. Whoever starts it stops it, which removes everything. */
export async function startDocker(): Promise<DockerEngine> {
  const given = givenSocket();
  const daemon = given === undefined ? await startDaemon() : undefined;
  const socketPath = given ?? daemon!.socketPath;
  const engine = new Docker({ socketPath });
  try {
    const archive = await baseArchive();
    await engine.importImage(archive, { repo: BASE.split(":")[0], tag: "latest" }).then(drained);
    const image = await buildImage({ engine, base: BASE, tag: IMAGE });
    return { socketPath, engine, image, stop: async () => await daemon?.stop() };
  } catch (thrown) {
    await daemon?.stop();
    throw thrown;
  }
}

/** A prepared back end on that engine; the caller closes it. */
export async function dockerBackend(
  { socketPath, image }: Pick<DockerEngine, "socketPath" | "image">,
  changes: Partial<DockerOptions> = {},
): Promise<IsolateBackend> {
  const backend = createDockerBackend({ clock: createSystemClock(), socketPath, image, ...changes });
  await backend.prepare({});
  return backend;
}

/** Containers, processes and mounts of an engine, as they are now. */
export async function engineTraces({ engine, socketPath }: DockerEngine): Promise<string[]> {
  const containers = await engine.listContainers({ all: true });
  const folder = dirname(socketPath);
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const commands = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    } catch {
      return ""; // it has just ended
    }
  });
  return [
    ...containers.map(({ Id }) => `container ${Id}`),
    // Each container stands behind a process that names the engine's folder.
    ...commands.filter((command) => command.includes(`${folder}/`)).map((command) => `process ${command}`),
    ...mountsUnder(folder).map((path) => `mount ${path}`),
  ];
}

function givenSocket(): string | undefined {
  const host = process.env.DOCKER_HOST;
  return host?.startsWith("unix://") ? host.slice("unix://".length) : undefined;
}

async function startDaemon(): Promise<{ socketPath: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-docker-"));
  const socketPath = join(folder, "docker.sock");
  const config = join(folder, "daemon.json"); // not the system's
  // gVisor, where it is installed. A test machine need not let it make control groups or a network of its own.
  const gvisor = Bun.which("runsc");
  const runtimes =
    gvisor === null ? {} : { runsc: { path: gvisor, runtimeArgs: ["--ignore-cgroups", "--network=none"] } };
  writeFileSync(config, JSON.stringify({ runtimes }));
  const log = Bun.file(join(folder, "log"));
  const groups = `orrery-${process.pid}-${basename(folder).replace("orrery-", "")}`;
  const child = Bun.spawn(
    [
      // dockerd ends containerd and every container when it is told to, so it must be told.
      ...["setpriv", "--pdeathsig", "TERM", dockerd() ?? "dockerd", "--config-file", config],
      ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
      ...["-H", `unix://${socketPath}`, "--pidfile", join(folder, "pid")],
      ...["--bridge=none", "--iptables=false", "--ip-forward=false", "--shutdown-timeout=2"],
      // Its own, so that a comparison of the host finds what a container leaves of its control groups.
      ...["--exec-opt", "native.cgroupdriver=cgroupfs", `--cgroup-parent=/${groups}`],
    ],
    { stdin: "ignore", stdout: log, stderr: log },
  );
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
    for (const mount of mountsUnder(folder)) await run(["umount", "--lazy", mount]);
    for (const place of groupsNamed(groups)) await run(["rmdir", place]); // the engine leaves what is around its own
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + READY_MS;
  const engine = new Docker({ socketPath });
  while (!(await engine.ping().then(Boolean, () => false))) {
    if (child.exitCode === null && performance.now() < deadline) {
      await Bun.sleep(50);
      continue;
    }
    const said = (await log.text().catch(() => "")).trim().split("\n").at(-1) ?? "";
    await stop();
    throw new Error(`dockerd is not ready: ${said.slice(0, 300)}`);
  }
  return { socketPath, stop };
}

/** In the root of each hierarchy of version 1, or the one of version 2. */
const groupsNamed = (name: string): string[] =>
  ["", ...readdirSync(CGROUPS)].map((kind) => join(CGROUPS, kind, name)).filter((path) => existsSync(path));

/** What a daemon that was killed leaves mounted, deepest first. */
function mountsUnder(folder: string): string[] {
  const mounts = existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8").split("\n") : [];
  return mounts
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/** Debian's python3 with nothing around it as a tar file, kept between runs. */
async function baseArchive(): Promise<string> {
  const target = join(TOOLS, "docker-base-python3.tar");
  if (existsSync(target)) return target;
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(join(TOOLS, "docker-base-"));
  try {
    const root = join(work, "root");
    mkdirSync(root);
    let failed = await run(["apt-get", "download", "-q", ...PACKAGES], { cwd: work });
    if (failed !== undefined && process.getuid?.() === 0) {
      await run(["apt-get", "update", "-q"], { cwd: work }); // a fresh machine has no package lists yet
      failed = await run(["apt-get", "download", "-q", ...PACKAGES], { cwd: work });
    }
    if (failed !== undefined) throw new Error(failed);
    for (const name of readdirSync(work).filter((file) => file.endsWith(".deb"))) {
      await must(["dpkg-deb", "-x", join(work, name), root]);
    }
    for (const path of [
      "usr/share/doc",
      "usr/share/man",
      "usr/share/locale",
      "usr/lib/x86_64-linux-gnu/gconv",
    ]) {
      rmSync(join(root, path), { recursive: true, force: true });
    }
    await must([
      "tar",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "-C",
      root,
      "-cf",
      `${work}/base.tar`,
      ".",
    ]);
    renameSync(join(work, "base.tar"), target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function must(command: string[]): Promise<void> {
  const failed = await run(command);
  if (failed !== undefined) throw new Error(failed);
}

/** Runs a command; undefined when it succeeded, otherwise its name and the end of what it said. */
async function run(
  command: string[],
  options: { cwd?: string; env?: Record<string, string | undefined> } = {},
): Promise<string | undefined> {
  const child = Bun.spawn(command, { ...options, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  const words = command.slice(0, 3).join(" ");
  return code === 0 ? undefined : `${words}: ${said.trim().slice(-300) || `exit ${code}`}`;
}

async function drained(stream: NodeJS.ReadableStream): Promise<void> {
  for await (const _ of stream);
}
