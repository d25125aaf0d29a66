/** Compares the host around one thing after the other, so that what is left is laid at the right door. */
import { hostChanges } from "./host.ts";

/** Each thing on the host in a line. */
export type Snapshot = () => Promise<string[]>;

/** The kernel takes a moment to let go of what has ended; what is still there after it was left. */
const PATIENCE_MS = 2_000;
const FIRST_STEP_MS = 10;

export class HostWatch {
  readonly #snapshot: Snapshot;
  readonly #began: ReadonlySet<string>;
  #before: readonly string[];

  static async begin(snapshot: Snapshot): Promise<HostWatch> {
    return new HostWatch(snapshot, await snapshot());
  }

  private constructor(snapshot: Snapshot, began: readonly string[]) {
    this.#snapshot = snapshot;
    this.#began = new Set(began);
    this.#before = began;
  }

  /** What has changed for good since it was asked last, a line each; the next answer begins where this one ends. */
  async left(patienceMs = PATIENCE_MS, matters = (_change: string) => true): Promise<string[]> {
    for (let waited = 0, step = FIRST_STEP_MS; ; waited += step, step *= 2) {
      const now = await this.#snapshot();
      const changes = hostChanges(this.#before, now).filter(
        (change) => matters(change) && !this.#known(change),
      );
      if (changes.length === 0 || waited >= patienceMs) {
        this.#before = now;
        return changes;
      }
      await Bun.sleep(step);
    }
  }

  /** What somebody before has left, and was told of, may go without anybody's doing. */
  #known = (change: string): boolean =>
    change.startsWith("gone: ") && !this.#began.has(change.slice("gone: ".length));
}
