/** The shell that an isolate's process begins as: joins its control group, takes limits, opens the filter, is replaced. */

export interface Launch {
  command: readonly string[];
  /** Path of a system call filter, which the command finds as descriptor 9. */
  filter?: string | undefined;
  /** Files of a control group to which a process that joins writes its id. */
  join?: readonly string[] | undefined;
  /** Soft and hard limits by `ulimit` letter, in its units. */
  rlimits: Readonly<Record<string, number>>;
}

/** A group that cannot be joined ends the launch: what runs outside of it would run without its limits. */
const JOIN = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 125; shift; done; shift';

export function launchCommand({ command, filter, join = [], rlimits }: Launch): string[] {
  const limits = Object.entries(rlimits).map(([letter, value]) => `ulimit -${letter} ${Math.floor(value)}`);
  const open = filter === undefined ? [] : ['exec 9<"$1"', "shift"];
  const script = ["set -e", ...open, JOIN, ...limits, 'exec "$@"'].join("\n");
  return [
    "/bin/sh",
    "-c",
    script,
    "isolate",
    ...(filter === undefined ? [] : [filter]),
    ...join,
    "--",
    ...command,
  ];
}
