/** One block in the making: what hooks and calls see, and the events they leave. */
import { Failure } from "../../../protocol/failure.ts";
import type { Rng } from "../../../runtime/ports/rng.ts";
import {
  type AccountId,
  type BlockContext,
  badOrigin,
  type CallContext,
  DispatchFailure,
  FREE,
  type Origin,
  type RuntimeCall,
  type RuntimeEvent,
} from "../declare/index.ts";
import type { State } from "../state/state.ts";
import type { CallTable } from "./call-table.ts";
import type { EventRecord } from "./runtime.ts";

export interface Dispatched {
  readonly failure: DispatchFailure | undefined;
  /** Whether the call gave its fee back. */
  readonly free: boolean;
}

export interface BlockRunOptions {
  readonly state: State;
  readonly block: number;
  readonly now: number;
  readonly rng: Rng;
  readonly calls: CallTable;
  /** Told of exceptions that no call should throw; the call fails with `Other`. */
  readonly onDefect: (failure: Failure) => void;
}

export class BlockRun implements BlockContext {
  readonly state: State;
  readonly block: number;
  readonly now: number;
  readonly rng: Rng;
  readonly #calls: CallTable;
  readonly #onDefect: (failure: Failure) => void;
  readonly #events: EventRecord[] = [];
  phase: EventRecord["phase"] = { type: "Initialization", value: undefined };

  constructor({ state, block, now, rng, calls, onDefect }: BlockRunOptions) {
    this.state = state;
    this.block = block;
    this.now = now;
    this.rng = rng;
    this.#calls = calls;
    this.#onDefect = onDefect;
  }

  get events(): readonly EventRecord[] {
    return this.#events;
  }

  emit(event: RuntimeEvent): void {
    this.#events.push({ phase: this.phase, event });
  }

  /** The context of a call from `origin`. */
  from(origin: Origin): CallContext {
    return {
      state: this.state,
      block: this.block,
      now: this.now,
      rng: this.rng,
      origin,
      emit: (event) => this.emit(event),
      signer: () => signerOf(origin),
      ensureRoot() {
        if (origin.kind !== "root") throw badOrigin();
      },
      dispatch: (call, as) => this.dispatch(call, as).failure,
    };
  }

  /** Runs a call in a layer of its own: state and events of one that fails are undone. */
  dispatch(call: RuntimeCall, origin: Origin): Dispatched {
    try {
      const result = this.undoing(() => this.#run(call, origin));
      return { failure: undefined, free: result === FREE };
    } catch (error) {
      return { failure: this.#asDispatchFailure(error, call), free: false };
    }
  }

  /** Runs `work`; when it throws, its changes of state and its events are undone. */
  undoing<T>(work: () => T): T {
    const events = this.#events.length;
    try {
      return this.state.layer(work);
    } catch (error) {
      this.#events.length = events;
      throw error;
    }
  }

  #run(call: RuntimeCall, origin: Origin): unknown {
    const { run } = this.#calls.find(call);
    if (run === undefined) throw callFiltered(call);
    return run(this.from(origin), call.value.value as never);
  }

  #asDispatchFailure(error: unknown, call: RuntimeCall): DispatchFailure {
    if (error instanceof DispatchFailure) return error;
    this.#onDefect(
      new Failure("defect", "a call ended in an exception", {
        meta: { call: `${call.type}.${call.value.type}`, block: this.block },
        cause: error,
      }),
    );
    return new DispatchFailure({ type: "Other", value: undefined }, "Other");
  }
}

function signerOf(origin: Origin): AccountId {
  if (origin.kind === "signed") return origin.who;
  throw badOrigin();
}

/** `System.CallFiltered`: what the chain itself says of calls that are switched off. */
const callFiltered = (call: RuntimeCall): DispatchFailure =>
  new DispatchFailure(
    { type: "Module", value: { index: 0, error: "0x05000000" } },
    `System.CallFiltered: the devnet does not simulate ${call.type}.${call.value.type}`,
  );
