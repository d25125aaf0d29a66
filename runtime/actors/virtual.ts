/** Virtual actors: always addressable by key, started by their first message, evicted when idle. */
import { Failure } from "../../protocol/failure.ts";
import type { Timer } from "../ports/clock.ts";
import type { ActorRef } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { AnyKind, Host } from "./host.ts";
import { discard } from "./lifecycle.ts";
import { DEFAULT_MAILBOX, refusal } from "./overflow.ts";

export interface FamilyOptions {
  /** An actor without a turn for this long is evicted, within half as much again. Default 5 min. */
  idleMs?: number;
  /** Activations at once; beyond, messages to further keys are `overloaded`. Default 100,000. */
  maxActive?: number;
}

/** Cells looked at before timers and sockets get their chance. */
const CHUNK = 4_096;

type Send = (to: Cell | Failure) => void;

export class Family<M, R = void> {
  private readonly system: Host<Cell>;
  private readonly cell: Cell;
  private readonly kind: AnyKind;
  private readonly maxActive: number;
  private readonly timer: Timer;
  /** Messages for keys whose activation is just being stopped: a key never has two. */
  private readonly gates = new Map<string, Send[]>();
  private sweeping: Timer | undefined = undefined;

  constructor(system: Host<Cell>, cell: Cell, kind: AnyKind, options: FamilyOptions) {
    this.system = system;
    this.cell = cell;
    this.kind = kind;
    this.maxActive = options.maxActive ?? 100_000;
    this.timer = system.clock.every(Math.max(1, (options.idleMs ?? 300_000) / 2), () => this.sweep());
  }

  /** The actor of a key. Holding the reference does not keep it in memory. */
  ref(key: string): ActorRef<M, R> {
    return {
      path: `${this.cell.path}/${key}`,
      tell: (message, options) => this.send(key, (cell) => cell.tell(message, options)),
      ask: (message, options) => this.send(key, (cell) => cell.ask(message, options) as Promise<R>),
    };
  }

  /** Activations in memory. */
  get active(): number {
    return this.cell.rare?.children?.size ?? 0;
  }

  /** Stops looking for idle actors. */
  close(): void {
    this.timer.cancel();
    this.sweeping?.cancel();
  }

  private send<T>(key: string, deliver: (cell: Cell) => Promise<T>): Promise<T> {
    const gate = this.gates.get(key);
    const found = this.cell.rare?.children?.get(key);
    if (gate === undefined && found?.accepting) return deliver(found);
    const sent = new Promise<T>((resolve, reject) => {
      const send: Send = (to) => (to instanceof Failure ? reject(to) : deliver(to).then(resolve, reject));
      if (gate !== undefined) this.join(gate, send);
      else if (found !== undefined) this.await(key, found, send);
      else send(this.activate(key));
    });
    // As with any tell: not awaiting it is safe.
    sent.catch(() => {});
    return sent;
  }

  private join(gate: Send[], send: Send): void {
    const { capacity } = this.kind.mailbox ?? DEFAULT_MAILBOX;
    if (gate.length < capacity) gate.push(send);
    else send(refusal({ path: this.cell.path, kind: this.kind }, "overloaded"));
  }

  private await(key: string, stopping: Cell, first: Send): void {
    const gate = [first];
    this.gates.set(key, gate);
    void this.system.stopCell(stopping, "stopped").then(() => {
      this.gates.delete(key);
      const to = this.activate(key);
      for (const send of gate) send(to);
    });
  }

  private activate(key: string): Cell | Failure {
    if (this.active >= this.maxActive) {
      return new Failure("overloaded", "too many active actors of this kind", {
        meta: { kind: this.kind.name, active: this.active },
        retryAfterMs: 1_000,
        hint: "Raise maxActive or shorten idleMs.",
      });
    }
    try {
      return this.system.start(this.kind, this.cell, { name: key, key });
    } catch (thrown) {
      return Failure.from(thrown);
    }
  }

  private sweep(): void {
    if (this.sweeping !== undefined) return;
    const cells = (this.cell.rare?.children ?? new Map<string, Cell>()).values();
    const chunk = (): void => {
      this.sweeping = undefined;
      let looked = 0;
      for (let next = cells.next(); !next.done; next = cells.next()) {
        this.look(next.value);
        if (++looked === CHUNK) {
          this.sweeping = this.system.clock.after(0, chunk);
          return;
        }
      }
    };
    chunk();
  }

  private look(cell: Cell): void {
    if (cell.processed !== cell.seen || !isQuiet(cell)) {
      cell.seen = cell.processed;
      cell.idleSweeps = 0;
    } else if (++cell.idleSweeps >= 2) evict(cell);
  }
}

const isQuiet = (cell: Cell): boolean =>
  cell.state === "running" && cell.inFlight === 0 && (cell.queue?.size ?? 0) === 0;

function evict(cell: Cell): void {
  // Most have nothing to give back and vanish without a promise each.
  if (cell.actor?.stop === undefined && cell.rare === undefined) {
    discard(cell, { path: cell.path, reason: "evicted", failure: undefined });
  } else void cell.system.stopCell(cell, "evicted");
}
