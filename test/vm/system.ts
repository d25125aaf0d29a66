/** Debian of an architecture, with a kernel and our dependencies, on a disk that is kept between runs. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { must } from "./command.ts";
import { makeDisk } from "./disk.ts";
import { type Arch, fetchPackages } from "./packages.ts";

const REPOSITORY = resolve(import.meta.dir, "../..");
const CACHE = join(REPOSITORY, ".orrery", "tools", "vm");
const INITRD = join(import.meta.dir, "initrd.sh");
/** What runs the isolates, what the attacks look for, and what starts the machine. */
const PACKAGES = [
  ...["python3", "bubblewrap", "util-linux", "mount", "bash", "dash", "coreutils", "grep", "sed", "procps"],
  ...["busybox-static", "kmod", "ca-certificates", "libgomp1", "libstdc++6"],
];
const EMPTY_FOLDERS = ["proc", "sys", "dev", "tmp", "run", "root", "home", "vm", "etc", "srv", "opt", "mnt"];
const USERS = `root:x:0:0:root:/root:/bin/bash
orrery:x:1000:1000::/tmp:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const UNUSED = ["usr/share/doc", "usr/share/man", "usr/share/locale"];

export interface System {
  kernel: string;
  initrd: string;
  disk: string;
}

interface BuildSystem {
  arch: Arch;
  /** Debian's `linux-image-…`. */
  kernel: string;
  /** Beside those that isolates need. */
  packages: readonly string[];
}

/** Built when it is not in the cache. `report` is told what takes its time. */
export async function buildSystem(
  { arch, kernel, packages }: BuildSystem,
  report: (line: string) => void,
): Promise<System> {
  const texts = [import.meta.path, INITRD, join(REPOSITORY, "package-lock.json")];
  const recipe = [
    arch,
    kernel,
    ...packages,
    ...(await Promise.all(texts.map((path) => Bun.file(path).text()))),
  ];
  const digest = new Bun.CryptoHasher("sha256").update(recipe.join("\n")).digest("hex").slice(0, 12);
  const place = join(CACHE, `${arch}-${digest}`);
  const system = { kernel: join(place, "kernel"), initrd: join(place, "initrd"), disk: join(place, "disk") };
  if (existsSync(place)) return system;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(`${place}-`);
  try {
    report(`fetching Debian's packages for ${arch}`);
    const names = [...PACKAGES, ...packages, `linux-image-${kernel}`];
    const files = await fetchPackages(join(CACHE, `apt-${arch}`), arch, names);
    const root = join(work, "root");
    report(`unpacking ${files.length} packages`);
    await unpack(files, root);
    report("fetching our dependencies as npm installs them there");
    await addDependencies(root, arch);
    await must(["sh", "-c", 'mv boot/vmlinuz-* "$0"', join(work, "kernel")], root);
    await buildInitrd(root, join(work, "initrd"));
    await makeDisk(root, join(work, "disk"));
    rmSync(root, { recursive: true });
    renameSync(work, place);
    return system;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function unpack(files: readonly string[], root: string): Promise<void> {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const file of files) {
    const into = ["tar", "-x", "--keep-directory-symlink", "-C", root];
    await must(["sh", "-c", 'dpkg-deb --fsys-tarfile "$0" | "$@"', file, ...into]);
  }
  for (const name of EMPTY_FOLDERS) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, "etc/passwd"), USERS);
  writeFileSync(join(root, "etc/group"), "root:x:0:\norrery:x:1000:\nnogroup:x:65534:\n");
  for (const path of UNUSED) rmSync(join(root, path), { recursive: true, force: true });
}

/** `node_modules` at the root, where a program in any folder finds it. */
async function addDependencies(root: string, arch: Arch): Promise<void> {
  for (const name of ["package.json", "package-lock.json"]) {
    copyFileSync(join(REPOSITORY, name), join(root, name));
  }
  const platform = ["--os=linux", `--cpu=${arch}`, "--libc=glibc"];
  await must(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", ...platform], root);
  const scope = join(root, "node_modules/@oven");
  // The longest name is the one without AVX2, which not every emulated processor has.
  const [bun] = readdirSync(scope).sort((a, b) => b.length - a.length);
  if (bun === undefined) throw new Error(`npm has no Bun for ${arch}`);
  const binary = join(scope, bun, "bin", "bun");
  chmodSync(binary, 0o755);
  for (const at of ["usr/local/bin/bun", "node_modules/bun/bin/bun.exe"]) {
    mkdirSync(dirname(join(root, at)), { recursive: true });
    rmSync(join(root, at), { force: true });
    linkSync(binary, join(root, at));
  }
}

/** The kernel's first file system: a shell, and the drivers of its disks. */
async function buildInitrd(root: string, initrd: string): Promise<void> {
  const folder = `${initrd}.files`;
  for (const name of ["bin", "proc", "dev", "system"]) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(join(root, "bin/busybox"), join(folder, "bin/busybox"));
  copyFileSync(INITRD, join(folder, "init"));
  chmodSync(join(folder, "init"), 0o755);
  const drivers =
    "cd lib/modules/*/kernel/drivers && cp -r --parents virtio char/hw_random block/virtio_blk.ko*";
  const [version = ""] = readdirSync(join(root, "lib/modules"));
  const place = join(folder, "lib/modules", version, "kernel/drivers");
  mkdirSync(place, { recursive: true });
  await must(["sh", "-c", `${drivers} "$0"`, place], root);
  await must(["sh", "-c", 'find . | cpio --quiet -o -H newc >"$0"', initrd], folder);
  rmSync(folder, { recursive: true });
}
