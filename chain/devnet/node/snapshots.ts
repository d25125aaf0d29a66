/** Points that the chain can go back to. The oldest gives way when there are too many. */
import { Failure } from "../../../protocol/failure.ts";
import type { StateSnapshot } from "../state/state.ts";
import type { DevnetBlock } from "./block.ts";

const MAX_SNAPSHOTS = 16;

export interface Snapshot {
  readonly state: StateSnapshot;
  readonly blocks: readonly DevnetBlock[];
  readonly time: number;
}

export class Snapshots {
  readonly #kept = new Map<string, Snapshot>();
  #count = 0;

  get ids(): string[] {
    return [...this.#kept.keys()];
  }

  add(snapshot: Snapshot): string {
    const id = String(++this.#count);
    this.#kept.set(id, snapshot);
    if (this.#kept.size > MAX_SNAPSHOTS) this.#kept.delete(this.#kept.keys().next().value!);
    return id;
  }

  get(id: string): Snapshot {
    const snapshot = this.#kept.get(id);
    if (snapshot !== undefined) return snapshot;
    throw new Failure("not-found", "there is no such snapshot", {
      meta: { id: id.slice(0, 80), kept: this.ids.join(", ") },
      hint: `The last ${MAX_SNAPSHOTS} are kept.`,
    });
  }
}
