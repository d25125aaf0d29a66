/**
 * What stands around an isolate's process: another uid, no privileges, namespaces, few system calls, limits. Each
 * layer is tried, never assumed. Root without a uid drop is the known way out of every sandbox, so it is refused.
 */
import { Failure } from "../protocol/failure.ts";
import type { Spawn } from "../runtime/ports/spawn.ts";
import type { Cgroup } from "./cgroup/cgroups.ts";
import type { IsolateLayer } from "./isolate.ts";
import { type Launch, launchCommand } from "./launch.ts";
import { EVERYTHING, readOnly, type View } from "./view.ts";

export interface Hardening {
  readonly layers: readonly IsolateLayer[];
  /** The command that only gives up privileges. */
  readonly privileges: readonly string[];
  /** The command behind every layer that works here, in that control group if there is one. */
  wrap(command: readonly string[], changes?: Changes): string[];
  /** The same layers with another view of the host's files. */
  seeing(view: View): Hardening;
}

/** What differs from one isolate to the next. */
interface Changes extends Partial<View> {
  group?: Cgroup | undefined;
  rlimits?: Launch["rlimits"];
  /** Files that this one sees beside what all see. */
  shown?: readonly string[];
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
  /** What can be seen of the host's files; by default all that the uid may read. */
  view?: View;
  /** Path of a system call filter. */
  filter?: string;
  /** The command forks isolates: it is given the filter as descriptor 9, and puts each behind the rest itself. */
  forks?: boolean;
  /** Soft and hard limits by `ulimit` letter. */
  rlimits?: Launch["rlimits"];
  /** A command that works behind the layers when they work. */
  probe?: readonly string[];
  /** Throws when a layer is missing instead of going without. */
  all?: boolean;
}

const NOBODY = 65_534;
/** No core dumps, no written files, few descriptors. Memory is capped by the engine: an address space limit stops Bun itself. */
const RLIMITS = { c: 0, f: 0, n: 64 };
const SEPARATE = ["--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--"];
/** It dies with bubblewrap, and that with this node. */
const BWRAP = [
  ...["bwrap", "--unshare-user", "--uid", String(NOBODY), "--gid", String(NOBODY), "--unshare-uts"],
  ...["--hostname", "isolate", "--die-with-parent", "--cap-drop", "ALL", "--clearenv"],
];
/**
 * A session of its own: a guest that signals its process group must reach nobody outside, above all not bubblewrap,
 * whose death would pass for ours.
 */
const ISOLATE = ["--unshare-all", "--new-session", "--as-pid-1"];
/**
 * What forks isolates keeps the rights to make namespaces and to give up rights, in its own user namespace only. It
 * stays among the host's processes and control groups, because the node tells them by number and by name.
 */
const FORK_SERVER = [
  ...["--unshare-net", "--unshare-ipc", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP"],
];
const CLOSED = ["--disable-userns"];
const DROP = ["--no-new-privs", "--inh-caps=-all", "--pdeathsig", "KILL", "--"];

/**
 * Finds the strongest set of layers that works on this machine. Throws `config` for root without a uid drop, and with
 * `all` for every layer that is missing.
 */
export async function detectHardening(options: HardeningOptions): Promise<Hardening> {
  const { root, uid = NOBODY, filter, view = EVERYTHING, rlimits = RLIMITS } = options;
  const find = options.find ?? systemProgram;
  const probe = options.probe ?? [find("true") ?? "true"];
  /** A layer with its program's place filled in, since isolates have no search path. */
  const layer = ([program = "", ...rest]: readonly string[]): string[] => [
    find(program) ?? `/not-installed/${program}`,
    ...rest,
  ];
  const refusal = async (command: readonly string[]): Promise<string | undefined> => {
    const { signal } = options;
    const run = { command, maxOutputBytes: 4_096, ...(signal === undefined ? {} : { signal }) };
    try {
      const { exitCode, stderr } = await options.spawn.run(run);
      return exitCode === 0 ? undefined : new TextDecoder().decode(stderr).trim() || `exit code ${exitCode}`;
    } catch (thrown) {
      return Failure.from(thrown).message;
    }
  };

  const asUser = [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--bounding-set=-all"];
  const privileges = layer(["setpriv", ...(root ? asUser : []), ...DROP]);
  const setpriv = await refusal([...privileges, find("true") ?? "true"]);
  if (setpriv !== undefined && (root || options.all)) {
    throw new Failure(
      "config",
      root ? "isolates cannot give up root here" : "isolates cannot give up privileges here",
      {
        meta: { reason: setpriv.slice(0, 300) },
        hint: "Run as an ordinary user, or install util-linux (setpriv) and allow changing the uid.",
      },
    );
  }
  const inner = setpriv === undefined ? privileges : [];

  interface Choice {
    detail: string;
    filter: string | undefined;
    chain(view: View): string[];
  }
  const bubblewrap = (closed: boolean, filter: string | undefined): Choice => ({
    detail: `bubblewrap: no network, own processes${closed ? ", user namespaces closed" : ""}`,
    filter,
    chain: (view) => [
      ...inner,
      ...layer([...BWRAP, ...(options.forks ? FORK_SERVER : ISOLATE), ...(closed ? CLOSED : [])]),
      ...(filter === undefined || options.forks ? [] : ["--seccomp", "9"]),
      ...[...view.environment, ...view.files, "--"],
    ],
  });
  // Namespaces are made by a process that waits outside of them: it has to die with this node for the rest to follow.
  const tied = setpriv === undefined ? layer(["setpriv", "--pdeathsig", "KILL", "--"]) : [];
  const unshare = layer(["unshare", ...(root ? [] : ["--user", "--map-current-user"]), ...SEPARATE]);
  const strongest = bubblewrap(true, filter);
  const choices: Choice[] = options.all
    ? [strongest]
    : [
        strongest,
        bubblewrap(false, filter),
        ...(filter === undefined ? [] : [bubblewrap(true, undefined), bubblewrap(false, undefined)]),
        {
          detail: "unshare: no network, own processes",
          filter: undefined,
          chain: () => [...tied, ...unshare, ...inner],
        },
      ];
  let chosen: Choice | undefined;
  let reason = "";
  for (const choice of choices) {
    const refused = await refusal(
      launchCommand({ filter: choice.filter, rlimits, command: [...choice.chain(view), ...probe] }),
    );
    if (refused === undefined) chosen = choice;
    if (chosen !== undefined) break;
    reason ||= refused ?? "";
  }
  if (chosen === undefined && options.all) throw notHardened(reason, find("bwrap") !== null);

  const layers: IsolateLayer[] = [
    {
      name: "uid-drop",
      active: root && setpriv === undefined,
      needed: root,
      detail: root ? `isolates run as uid ${uid}` : "not needed: this process is not root",
    },
    {
      name: "no-new-privileges",
      active: setpriv === undefined,
      detail: setpriv === undefined ? "setpriv" : "setpriv is missing",
    },
    { name: "rlimits", active: true, detail: "no core dumps, few descriptors" },
    {
      name: "namespaces",
      active: chosen !== undefined,
      detail: chosen?.detail ?? "neither bubblewrap nor unshare works here",
    },
    {
      name: "system-calls",
      active: chosen?.filter !== undefined,
      detail: chosen?.filter === undefined ? "not filtered" : "an allow-list (seccomp)",
    },
  ];
  const seeing = (seen: View): Hardening => ({
    layers,
    privileges: inner,
    seeing,
    wrap: (command, { group, rlimits: own = rlimits, shown = [], ...changes } = {}) => {
      const view = { ...seen, ...changes };
      const chain = chosen?.chain({ ...view, files: [...shown.flatMap(readOnly), ...view.files] }) ?? inner;
      const { filter: taken } = chosen ?? {};
      return launchCommand({
        filter: taken,
        join: group?.join,
        rlimits: own,
        command: [...chain, ...command],
      });
    },
  });
  return seeing(view);
}

/** What the kernel or bubblewrap said, with what to do about it. */
export function notHardened(reason: string, installed: boolean): Failure {
  const old = /unknown option/i.test(reason);
  const denied = /namespace|uid map|permission|operation not permitted/i.test(reason);
  return new Failure("config", "isolates cannot be hardened here, so none is started", {
    meta: { reason: reason.slice(0, 300) },
    hint:
      !installed || old
        ? "Install bubblewrap 0.8 or later."
        : denied
          ? "Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces, or an AppArmor profile for bwrap)."
          : "Run `bun run doctor`.",
  });
}

/** Where one of the system's own tools lies. */
export const systemProgram = (program: string): string | null => Bun.which(program, { PATH: SYSTEM_PATH });
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
