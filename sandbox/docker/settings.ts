/** How a container of an isolate is set up: everything that stands between strangers' code and the host. */
import type { ContainerCreateOptions } from "dockerode";
import type { IsolateLimits } from "../../protocol/isolate.ts";
import seccomp from "../seccomp/program.json" with { type: "json" };

/** Containers carry it, with the node that made them as its value, so that a later node finds what a killed one left. */
export const LABEL = "org.orrery.isolate";

/** `nobody` on most systems. */
const USER = "65534:65534";
/** What our guest needs beside the submission: its own interpreter and the largest request. */
const SPARE_BYTES = 96 * 1024 * 1024;
const PAGE = 4_096;
/** A runtime with a kernel of its own, such as gVisor, has that kernel's threads counted with the submission's. */
const KERNEL_THREADS = 256;
const NANO_CPUS = 1_000_000_000;

export interface ContainerSettings {
  /** Image id, not a name that could come to mean another image. */
  image: string;
  limits: IsolateLimits;
  node: string;
  /** Runtime of the engine, e.g. `runsc` for gVisor; the engine's default otherwise. */
  runtime?: string | undefined;
}

/** What of the limits is fixed when a container is made; containers with equal shapes are interchangeable. */
export const shapeOf = ({ memoryBytes, outputBytes, processes, diskBytes }: IsolateLimits): string =>
  [memoryBytes, outputBytes, processes, diskBytes].join(":");

/**
 * Memory is the submission's, its files' (tmpfs counts as memory), its output's on the way, and the guest's own; the
 * interpreter itself is held to `memoryBytes` by a limit of its process.
 */
export function containerSettings(settings: ContainerSettings): ContainerCreateOptions {
  const { limits, runtime } = settings;
  const memory = limits.memoryBytes + limits.diskBytes + 2 * limits.outputBytes + SPARE_BYTES;
  const pages = Math.floor(limits.diskBytes / PAGE);
  return {
    Image: settings.image,
    User: USER,
    Hostname: "isolate",
    Labels: { [LABEL]: settings.node },
    NetworkDisabled: true,
    OpenStdin: true,
    StdinOnce: true, // its end, also when the node is killed, ends the guest and with it the container
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: "none",
      IpcMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", `seccomp=${JSON.stringify(seccomp)}`],
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: NANO_CPUS,
      PidsLimit: limits.processes + 1 + (runtime === undefined ? 0 : KERNEL_THREADS), // the guest is one
      // A size of 0 would mean no limit at all.
      ...(pages > 0 ? { Tmpfs: { "/tmp": tmpfs(pages) } } : {}),
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
      AutoRemove: false, // how it ended is asked afterwards
      ...(runtime === undefined ? {} : { Runtime: runtime }),
    },
  };
}

const tmpfs = (pages: number): string =>
  `rw,noexec,nosuid,nodev,mode=1777,size=${pages * PAGE},nr_inodes=${Math.min(pages, 65_536) + 16}`;
