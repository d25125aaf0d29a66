/** The files a child needs, where the uid it runs as can read them. */
import { chmod, copyFile, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../../protocol/failure.ts";
import { startJanitor } from "../janitor.ts";

export interface ChildFiles {
  readonly bun: string;
  readonly library: string;
  /** Ahead-of-time modules, by language. */
  readonly modules: Readonly<Record<string, string>>;
  readonly script: string;
}

/** The child's code as two small files: it starts anew for every submission, so nothing is left to resolve or transpile. */
export async function bundleChild(cacheDir: string): Promise<string> {
  const built = await Bun.build({
    entrypoints: ["./child.ts", "./watchdog-worker.ts"].map((path) =>
      fileURLToPath(new URL(path, import.meta.url)),
    ),
    target: "bun",
    naming: { entry: "[name].ts" }, // the worker is found by this name
    throw: false,
  });
  if (!built.success) {
    throw new Failure("defect", "the isolate's child program cannot be built", {
      meta: { reason: String(built.logs[0] ?? "") },
    });
  }
  const files = await Promise.all(
    built.outputs.map(async (output) => ({ name: basename(output.path), text: await output.text() })),
  );
  const digest = new Bun.CryptoHasher("sha256")
    .update(files.map(({ text }) => text).join("\0"))
    .digest("hex");
  const folder = join(cacheDir, "child", digest.slice(0, 16));
  await mkdir(folder, { recursive: true });
  await Promise.all(files.map(({ name, text }) => Bun.write(join(folder, name), text, { mode: 0o644 })));
  return join(folder, "child.ts");
}

/** Copies everything to a folder of its own that any uid can read, for nodes that live where only root can look. */
export async function stage(files: ChildFiles): Promise<{ files: ChildFiles; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "orrery-isolate-"));
  const janitor = startJanitor({ folders: [folder] });
  await chmod(folder, 0o755);
  const copy = async (from: string, name: string, mode: number): Promise<string> => {
    const to = join(folder, name);
    await copyFile(from, to);
    await chmod(to, mode);
    return to;
  };
  const modules: Record<string, string> = {};
  for (const [language, path] of Object.entries(files.modules)) {
    modules[language] = await copy(path, basename(path), 0o444);
  }
  const worker = join(files.script, "..", "watchdog-worker.ts");
  await copy(worker, basename(worker), 0o444);
  return {
    files: {
      bun: await copy(files.bun, "bun", 0o555),
      library: await copy(files.library, basename(files.library), 0o444),
      modules,
      script: await copy(files.script, "child.ts", 0o444),
    },
    remove: () => janitor.stop(),
  };
}
