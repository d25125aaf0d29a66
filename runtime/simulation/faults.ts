/** What goes wrong between nodes, as verbs. Names are node names, `broker` for the server, `*` for every one. */
import type { Clock, Rng } from "../ports/index.ts";
import { BROKER } from "../transport/memory-hub.ts";

interface Fault {
  readonly from: string;
  readonly to: string;
  readonly kind: "cut" | "delay" | "drop" | "duplicate" | "reorder" | "corrupt";
  /** In [0, 1]. */
  readonly probability: number;
  readonly ms: number;
  readonly jitterMs: number;
}

interface Way {
  readonly faults: readonly Fault[];
  /** Messages of one sender keep their order: none is due before the one ahead of it. */
  dueAt: number;
}

const CERTAIN = 1;

export class Faults {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #told: (verb: string, detail: Record<string, string | number>) => void;
  #faults: Fault[] = [];
  #ways = new Map<string, Way>();
  readonly lost = { cut: 0, drop: 0 };

  constructor(clock: Clock, rng: Rng, told: (verb: string, detail: Record<string, string | number>) => void) {
    this.#clock = clock;
    this.#rng = rng;
    this.#told = told;
  }

  /** Nothing passes between two nodes, in either direction. */
  partition(a: string, b: string): void {
    this.#add("cut", a, b, { both: true });
  }

  /** Nothing passes from one node to the other; the way back is open. */
  oneWay(from: string, to: string): void {
    this.#add("cut", from, to, { both: false });
  }

  /** Messages take `ms`, and up to `jitterMs` more; their order stays. */
  delay(a: string, b: string, ms: number, jitterMs = 0): void {
    this.#add("delay", a, b, { both: true, ms, jitterMs });
  }

  /** Everything that a node sends or receives takes `ms`. */
  slow(node: string, ms: number): void {
    this.delay(node, "*", ms);
  }

  drop(a: string, b: string, probability: number): void {
    this.#add("drop", a, b, { both: true, probability });
  }

  duplicate(a: string, b: string, probability: number): void {
    this.#add("duplicate", a, b, { both: true, probability });
  }

  /** Some messages are overtaken by those of the next `ms`. */
  reorder(a: string, b: string, probability: number, ms: number): void {
    this.#add("reorder", a, b, { both: true, probability, ms });
  }

  /** Some messages arrive with one byte changed. */
  corrupt(a: string, b: string, probability: number): void {
    this.#add("corrupt", a, b, { both: true, probability });
  }

  /** Ends every fault between two names; without names, every fault. */
  heal(a?: string, b?: string): void {
    this.#told("heal", { a: a ?? "*", b: b ?? "*" });
    this.#faults = this.#faults.filter(
      ({ from, to }) => a !== undefined && !(from === a && to === b) && !(from === b && to === a),
    );
    this.#changed();
  }

  /** Carries bytes over the faults of their way; the `Link` of a memory network. */
  carry(from: string, to: string, data: Uint8Array, deliver: (data: Uint8Array) => void): void {
    const way = this.#way(from, to);
    const now = this.#clock.monotonic();
    let wait = 0;
    let overtaken = 0;
    let copies = 1;
    let bytes = data;
    // What passes to and from the broker is a conversation over a connection: it breaks, but never lies.
    const connection = from === BROKER || to === BROKER;
    for (const fault of way.faults) {
      if (fault.kind === "cut") {
        this.lost.cut++;
        return;
      }
      if (fault.kind === "delay") {
        wait += fault.ms + (fault.jitterMs > 0 ? this.#rng.next() * fault.jitterMs : 0);
        continue;
      }
      if (connection && fault.kind !== "drop") continue;
      if (fault.probability < CERTAIN && this.#rng.next() >= fault.probability) continue;
      if (fault.kind === "drop") {
        this.lost.drop++;
        return;
      }
      if (fault.kind === "duplicate") copies = 2;
      else if (fault.kind === "reorder") overtaken += this.#rng.next() * fault.ms;
      else bytes = this.#corrupted(bytes);
    }
    for (let copy = 0; copy < copies; copy++) {
      if (overtaken > 0) {
        this.#clock.after(wait + overtaken, () => deliver(bytes));
        continue;
      }
      const dueAt = Math.max(way.dueAt, now + wait);
      if (dueAt <= now) {
        deliver(bytes);
      } else {
        way.dueAt = dueAt;
        this.#clock.after(dueAt - now, () => deliver(bytes));
      }
    }
  }

  #way(from: string, to: string): Way {
    const key = `${from}>${to}`;
    let way = this.#ways.get(key);
    if (way === undefined) {
      const faults = this.#faults.filter((fault) => covers(fault.from, from) && covers(fault.to, to));
      this.#ways.set(key, (way = { faults, dueAt: 0 }));
    }
    return way;
  }

  #add(
    kind: Fault["kind"],
    a: string,
    b: string,
    options: { both: boolean; probability?: number; ms?: number; jitterMs?: number },
  ): void {
    const { both, probability = CERTAIN, ms = 0, jitterMs = 0 } = options;
    this.#told(kind, { a, b, both: both ? 1 : 0, probability, ms, jitterMs });
    this.#faults.push({ kind, from: a, to: b, probability, ms, jitterMs });
    if (both && a !== b) this.#faults.push({ kind, from: b, to: a, probability, ms, jitterMs });
    this.#changed();
  }

  /** Ways are looked up anew; what is under way stays ahead of what follows. */
  #changed(): void {
    const dues = [...this.#ways].filter(([, { dueAt }]) => dueAt > this.#clock.monotonic());
    this.#ways = new Map();
    for (const [key, { dueAt }] of dues) {
      const [from, to] = key.split(">") as [string, string];
      this.#way(from, to).dueAt = dueAt;
    }
  }

  #corrupted(data: Uint8Array): Uint8Array {
    if (data.byteLength === 0) return data;
    const bytes = data.slice();
    const at = this.#rng.integer(bytes.byteLength);
    bytes[at]! ^= 1 + this.#rng.integer(255);
    return bytes;
  }
}

const covers = (pattern: string, name: string): boolean => pattern === "*" || pattern === name;
