/** A small process that outlives a killed node for as long as it takes to end what the node would have ended itself. */

export interface Janitor {
  /** Ends it; what is still there is cleaned up first. */
  stop(): Promise<void>;
}

/** Waits for the end of its input, which is the end of the node. Up to `--` control groups come, then folders. */
const SCRIPT = `
while read -r _; do :; done
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  left=
  for tree in "$@"; do
    [ "$tree" = -- ] && break
    [ -d "$tree" ] || continue
    left=yes
    for group in "$tree"/*/; do
      [ -f "$group/cgroup.kill" ] && echo 1 2>/dev/null >"$group/cgroup.kill"
      while read -r pid; do kill -9 "$pid"; done 2>/dev/null <"$group/cgroup.procs"
      rmdir "$group"
    done
    rmdir "$tree"
  done
  [ "$left" ] || break
  sleep 0.1
done
while [ "$1" != -- ]; do shift; done
shift
[ $# = 0 ] || rm -rf -- "$@"`;

/** `groups` hold groups with processes in them, one deep; `folders` are removed with all that is in them. */
export function startJanitor({
  groups = [],
  folders = [],
}: {
  groups?: readonly string[];
  folders?: readonly string[];
}): Janitor {
  const child = Bun.spawn(["/bin/sh", "-c", SCRIPT, "orrery-janitor", ...groups, "--", ...folders], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
    detached: true, // what kills the node's group must not reach it
  });
  child.unref();
  return {
    async stop() {
      child.stdin.end();
      await child.exited;
    },
  };
}
