/** Many nodes in one process, on one virtual clock, from one seed: the same seed always goes the same way. */
import { Failure } from "../../protocol/failure.ts";
import type { Ports } from "../node.ts";
import type { Blobs, Rng } from "../ports/index.ts";
import { createSeededRng } from "../ports/seeded-rng.ts";
import type { MemoryConnection } from "../transport/memory-connection.ts";
import { SimulatedDisk, sharedBlobs } from "./disk.ts";
import { EventLog } from "./event-log.ts";
import { NodeClock } from "./node-clock.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What a simulated process is given; everything else it has to come by over these. */
export interface SimulatedPorts extends Ports {
  readonly name: string;
}

/** Starts a node. Called again, with fresh ports on the same disk, at every restart. */
export type Boot = (ports: SimulatedPorts) => void | Promise<void>;

interface Life {
  readonly clock: NodeClock;
  readonly transport: MemoryConnection;
  readonly ports: SimulatedPorts;
  alive: boolean;
}

interface Place {
  readonly boot: Boot;
  readonly disk: SimulatedDisk;
  readonly operator: string;
  skewMs: number;
  lives: number;
  life: Life | undefined;
}

export class World {
  readonly seed: number | string;
  readonly clock: VirtualClock;
  readonly network: SimulatedNetwork;
  readonly #log: EventLog;
  readonly #places = new Map<string, Place>();
  readonly #blobs = new Map<string, Blobs>();
  #bootFailure: Failure | undefined;

  constructor(options: { seed: number | string; startMs?: number; maxPayload?: number }) {
    this.seed = options.seed;
    this.clock = new VirtualClock(options.startMs);
    this.#log = new EventLog(() => this.clock.monotonic());
    this.network = new SimulatedNetwork({
      clock: this.clock,
      rng: this.rng("network"),
      log: this.#log,
      ...(options.maxPayload === undefined ? {} : { maxPayload: options.maxPayload }),
    });
  }

  /** Chance of its own for anything with a name, from the world's seed. */
  rng(name: string): Rng {
    return createSeededRng(new Bun.CryptoHasher("sha256").update(`${this.seed}/${name}`).digest("hex"));
  }

  /** Adds a node and starts it. Nodes of one `operator` share their blobs. */
  node(name: string, boot: Boot, options: { operator?: string } = {}): void {
    if (this.#places.has(name))
      throw new Failure("conflict", "the world has this node already", { meta: { name } });
    const operator = options.operator ?? name;
    const place: Place = { boot, operator, disk: new SimulatedDisk(), skewMs: 0, lives: 0, life: undefined };
    this.#places.set(name, place);
    this.#start(name, place);
  }

  /** The process is gone at once: its timers never fire, its promises never settle. Its disk stays. */
  kill(name: string): void {
    const place = this.#place(name);
    const { life } = place;
    if (life === undefined) return;
    this.log({ node: name, verb: "kill" });
    place.life = undefined;
    life.alive = false;
    life.clock.kill();
    life.transport.kill();
    life.ports.store.close();
  }

  /** Starts the node again on its disk; kills it first when it runs. */
  restart(name: string): void {
    this.kill(name);
    this.#start(name, this.#place(name));
  }

  /** Stands still like a stopped process: nothing runs, messages and timers pile up. */
  freeze(name: string): void {
    this.log({ node: name, verb: "freeze" });
    const life = this.#alive(name);
    life.clock.freeze();
    life.transport.freeze();
  }

  resume(name: string): void {
    this.log({ node: name, verb: "resume" });
    const life = this.#alive(name);
    life.clock.resume();
    life.transport.resume();
  }

  /** Sets how far ahead of the world's the node's wall clock is, in milliseconds; also after a restart. */
  clockSkew(name: string, ms: number): void {
    this.log({ node: name, verb: "clock-skew", ms });
    const place = this.#place(name);
    place.skewMs = ms;
    if (place.life !== undefined) place.life.clock.skewMs = ms;
  }

  /** Writes to the node's store and blobs fail with `storage` until it has room again. */
  diskFull(name: string, full = true): void {
    this.log({ node: name, verb: full ? "disk-full" : "disk-free" });
    this.#place(name).disk.full = full;
  }

  alive(name: string): boolean {
    return this.#place(name).life !== undefined;
  }

  get nodes(): readonly string[] {
    return [...this.#places.keys()];
  }

  /** Lets virtual time pass up to this moment; fails with the failure of a node that did not boot. */
  async run(options: { until: number; signal?: AbortSignal }): Promise<void> {
    await this.clock.run(options);
    const failure = this.#bootFailure;
    this.#bootFailure = undefined;
    if (failure !== undefined) throw failure;
  }

  /** Lets this much virtual time pass. */
  advance(byMs: number): Promise<void> {
    return this.run({ until: this.clock.now() + byMs });
  }

  /** Adds a JSON value to the event log. */
  log(event: unknown): void {
    this.#log.add(event);
  }

  /** The latest events as JSON lines, for people. */
  get tail(): readonly string[] {
    return this.#log.tail;
  }

  /** Hex sha256 over every event and message so far. */
  hash(): string {
    return this.#log.digest();
  }

  /** Ends every node. */
  close(): void {
    for (const name of this.#places.keys()) this.kill(name);
  }

  #start(name: string, place: Place): void {
    place.lives++;
    this.log({ node: name, verb: "start", life: place.lives });
    const clock = new NodeClock(this.clock, place.skewMs);
    const transport = this.network.connect(name, clock);
    let blobs = this.#blobs.get(place.operator);
    if (blobs === undefined) this.#blobs.set(place.operator, (blobs = sharedBlobs()));
    const ports: SimulatedPorts = {
      name,
      clock,
      transport,
      rng: this.rng(`${name}/${place.lives}`),
      store: place.disk.store(),
      blobs: place.disk.blobs(blobs, () => life.alive),
      spawn: { run: () => Promise.reject(noProcesses()) },
    };
    const life: Life = { clock, transport, ports, alive: true };
    place.life = life;
    void this.#boot(name, place.boot, ports);
  }

  async #boot(name: string, boot: Boot, ports: SimulatedPorts): Promise<void> {
    try {
      await boot(ports);
    } catch (thrown) {
      const failure = Failure.from(thrown);
      this.log({ node: name, verb: "boot-failed", code: failure.code });
      this.#bootFailure ??= new Failure(failure.code, `node ${name} did not start: ${failure.message}`, {
        cause: failure,
      });
    }
  }

  #place(name: string): Place {
    const place = this.#places.get(name);
    if (place !== undefined) return place;
    throw new Failure("not-found", "the world has no such node", {
      meta: { name },
      hint: `Its nodes are ${[...this.#places.keys()].join(", ").slice(0, 500)}.`,
    });
  }

  #alive(name: string): Life {
    const { life } = this.#place(name);
    if (life === undefined) throw new Failure("unavailable", "the node is not running", { meta: { name } });
    return life;
  }
}

const noProcesses = () =>
  new Failure("refused", "a simulated node starts no processes", {
    hint: "Use scripted isolates in simulation.",
  });
