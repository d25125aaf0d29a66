/** Ends an isolate's process so that nothing is left of it, not even an entry in the list of processes. */
import { readFileSync } from "node:fs";
import type { Clock } from "../runtime/ports/clock.ts";

/** bubblewrap ends as soon as it has taken note of its child's end; if it does not, it is ended as well. */
const PATIENCE_MS = 100;

/**
 * Kills what `child` has started, since `child` waits for it and ends then. Were `child` killed first, its own child
 * would stay in the list of processes until the machine's first process looks for it, which in a container may be never.
 * Returns at once; safe to call again.
 */
export function endProcess(
  child: Pick<Bun.Subprocess, "pid" | "exited" | "exitCode" | "signalCode">,
  clock: Clock,
): void {
  if (child.exitCode !== null || child.signalCode !== null) return; // its number may be another's by now
  const inner = childrenOf(child.pid);
  if (inner.length === 0) {
    killGroup(child.pid);
    return;
  }
  for (const pid of inner) kill(pid);
  const patience = clock.after(PATIENCE_MS, () => killGroup(child.pid));
  void child.exited.finally(() => patience.cancel());
}

/** A process with everything in its group. */
const killGroup = (pid: number): void => kill(-pid);

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // Already gone is what we want; anything else must not pass for a kill.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Nothing where the kernel does not tell. */
export function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1");
    return list.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
