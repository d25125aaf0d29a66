/**
 * What stands around an isolate's process: another uid, no privileges, no network, resource limits. Each layer is
 * tried, never assumed. Root without a uid drop is the known way out of every sandbox, so it is refused.
 */
import { Failure } from "../protocol/failure.ts";
import type { Spawn } from "../runtime/ports/spawn.ts";

interface HardeningLayer {
  readonly name: "uid-drop" | "no-new-privileges" | "rlimits" | "namespaces";
  readonly active: boolean;
  readonly detail: string;
}

export interface Hardening {
  readonly layers: readonly HardeningLayer[];
  /** The command behind every layer that works here. */
  wrap(command: readonly string[]): string[];
}

export interface HardeningOptions {
  spawn: Spawn;
  /** Whether this process is root. */
  root: boolean;
  /** Uid and gid that isolates run as when this process is root; `nobody` on most systems. */
  uid?: number;
  signal?: AbortSignal;
  /** Where a program lies, if it is installed; by default looked up as a shell would. */
  find?: (program: string) => string | null;
}

const NOBODY = 65_534;
/** No core dumps, no written files, few descriptors. Memory is capped by the engine: an address space limit stops Bun itself. */
const RLIMITS = ["prlimit", "--core=0", "--fsize=0", "--nofile=64", "--"];
const SEPARATE = ["--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--"];
/** No --new-session: the child already leads a session, and one kill of its group must reach what bubblewrap starts. */
const BWRAP = [
  ...["bwrap", "--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--clearenv"],
  ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--"],
];
const DROP = ["--no-new-privs", "--inh-caps=-all", "--pdeathsig", "KILL", "--"];

/** Finds the strongest set of layers that works on this machine. Throws `config` for root without a uid drop. */
export async function detectHardening(options: HardeningOptions): Promise<Hardening> {
  const { root, uid = NOBODY } = options;
  const find = options.find ?? ((program) => Bun.which(program, { PATH: SYSTEM_PATH }));
  /** A layer with its program's place filled in, since isolates have no search path. */
  const layer = ([program = "", ...rest]: readonly string[]): string[] => [find(program) ?? program, ...rest];
  const works = async (command: readonly string[]): Promise<boolean> => {
    const probe = { command: [...command, ...layer(["true"])], maxOutputBytes: 4_096 };
    const run = options.spawn.run(
      options.signal === undefined ? probe : { ...probe, signal: options.signal },
    );
    return run.then(
      (result) => result.exitCode === 0,
      () => false,
    );
  };

  const asUser = [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--bounding-set=-all"];
  const privileges = layer(["setpriv", ...(root ? asUser : []), ...DROP]);
  const setpriv = await works(privileges);
  if (root && !setpriv) {
    throw new Failure("config", "isolates cannot give up root here", {
      hint: "Run as an ordinary user, or install util-linux (setpriv) and allow changing the uid.",
    });
  }
  const inner = setpriv ? privileges : [];
  const rlimits = (await works(layer(RLIMITS))) ? layer(RLIMITS) : [];

  // Namespaces are made by a process that waits outside of them: it has to die with this node for the rest to follow.
  const tied = setpriv ? layer(["setpriv", "--pdeathsig", "KILL", "--"]) : [];
  const unshare = layer(["unshare", ...(root ? [] : ["--user", "--map-current-user"]), ...SEPARATE]);
  const choices = [
    {
      detail: "bubblewrap: read-only file system, no network, own processes",
      chain: [...inner, ...layer(BWRAP)],
    },
    { detail: "unshare: no network, own processes", chain: [...tied, ...unshare, ...inner] },
  ];
  let chosen: (typeof choices)[number] | undefined;
  for (const choice of choices) if (chosen === undefined && (await works(choice.chain))) chosen = choice;

  const chain = [...rlimits, ...(chosen?.chain ?? inner)];
  return {
    layers: [
      {
        name: "uid-drop",
        active: root && setpriv,
        detail: root ? `isolates run as uid ${uid}` : "not needed: this process is not root",
      },
      { name: "no-new-privileges", active: setpriv, detail: setpriv ? "setpriv" : "setpriv is missing" },
      {
        name: "rlimits",
        active: rlimits.length > 0,
        detail: rlimits.length > 0 ? "prlimit" : "prlimit is missing",
      },
      {
        name: "namespaces",
        active: chosen !== undefined,
        detail: chosen?.detail ?? "neither bubblewrap nor unshare works here",
      },
    ],
    wrap: (command) => [...chain, ...command],
  };
}

/** Where the system's own tools lie. */
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
