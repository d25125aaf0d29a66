/** What stands around the engine's process: layers of hardening, a view of no more files than it needs, control groups. */
import { dirname, join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { type Cgroup, type Cgroups, openCgroups } from "../cgroup/cgroups.ts";
import { detectHardening, type Hardening, type HardeningOptions } from "../hardening.ts";
import type { IsolateLayer } from "../isolate.ts";
import { writeFilter } from "../seccomp/file.ts";
import { devices, EVERYTHING, readOnly, systemLibraries, type View } from "../view.ts";
import { type ChildFiles, stage } from "./child-files.ts";

export interface Layers {
  readonly hardening: Hardening;
  readonly files: ChildFiles;
  /** A control group for a child whose guest gets so much memory, where this process may make any. */
  group(memoryBytes: number): Cgroup | undefined;
  /** A folder of this node's that isolates can be shown files of. */
  readonly codeDir: string;
  /** What there is, in words. */
  readonly described: readonly IsolateLayer[];
  /** Removes what was made for all children. */
  close(): Promise<void>;
}

/** Bun, the engine, compiled code that is touched for the first time, and an answer on its way. */
const SPARE_BYTES = 768 * 1024 * 1024;
/** Threads of Bun and of the engine, which has some for each core. */
const THREADS = 1_024;

/** The narrowest layers in which `tries`, which starts a child, does not throw. Throws what it threw when none works. */
export async function prepareLayers(
  options: HardeningOptions & { clock: Clock; cacheDir: string },
  files: ChildFiles,
  tries: (at: Layers) => Promise<void>,
): Promise<Layers> {
  // Without numbers for this architecture there is no filter, and `doctor` says so.
  const filter = await writeFilter(join(options.cacheDir, "seccomp"), "engine").catch(() => undefined);
  const hardening = await detectHardening({
    ...options,
    ...(filter === undefined ? {} : { filter }),
  });
  const groups = await openCgroups(options);
  let staged: Awaited<ReturnType<typeof stage>> | undefined;
  let failed: unknown;
  try {
    for (const place of ["here", "staged"] as const) {
      if (place === "staged" && !options.root) break; // an ordinary user's isolates can look where it can
      if (place === "staged") staged = await stage(files);
      const found = staged?.files ?? files;
      for (const view of [viewOf(found), EVERYTHING]) {
        const at = layersOf(hardening.seeing(view), found, {
          groups,
          narrow: view !== EVERYTHING,
          staged,
          cacheDir: options.cacheDir,
        });
        try {
          await tries(at);
          return at;
        } catch (thrown) {
          failed ??= thrown;
          if (Failure.from(thrown).code === "cancelled") throw thrown;
        }
      }
    }
    throw failed;
  } catch (thrown) {
    await staged?.remove();
    await groups?.close();
    throw thrown;
  }
}

function layersOf(
  hardening: Hardening,
  files: ChildFiles,
  made: {
    groups: Cgroups | undefined;
    narrow: boolean;
    staged: { remove(): Promise<void> } | undefined;
    cacheDir: string;
  },
): Layers {
  const { groups, narrow, staged, cacheDir } = made;
  const seen = narrow ? "sees only its own files" : "sees all files that its uid may read";
  const version = groups === undefined ? "none can be made here" : `version ${groups.version}`;
  return {
    hardening,
    files,
    codeDir: staged === undefined ? cacheDir : dirname(files.library),
    group: (memoryBytes) => groups?.make({ memoryBytes: memoryBytes + SPARE_BYTES, processes: THREADS }),
    described: [
      ...hardening.layers.map((layer) =>
        layer.name === "namespaces" && layer.active
          ? { ...layer, detail: `${layer.detail}, ${seen}` }
          : layer,
      ),
      { name: "control-groups", active: groups !== undefined, detail: version },
    ],
    async close() {
      await staged?.remove();
      await groups?.close();
    },
  };
}

/** Libraries, Bun, and the files it is given. Bun asks `/proc` about its own memory. */
function viewOf({ bun, library, modules, script }: ChildFiles): View {
  const own = new Set([bun, library, ...Object.values(modules), dirname(script)]);
  return {
    files: [
      ...systemLibraries(),
      ...devices(),
      ...["--proc", "/proc"],
      ...[...own].flatMap(readOnly),
      ...["--remount-ro", "/", "--chdir", "/"],
    ],
    environment: [],
  };
}
