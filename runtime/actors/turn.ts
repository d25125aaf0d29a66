/** One turn of one actor, and the context it is given. Everything costly is made when first asked for. */
import { Failure } from "../../protocol/failure.ts";
import type { Context } from "../context.ts";
import type { Logger } from "../observe/logger.ts";
import type { TraceContext } from "../observe/trace.ts";
import { childTrace, newTrace } from "../observe/traceparent.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Rng } from "../ports/rng.ts";
import type { Letter } from "./letter.ts";

/** The actor a turn belongs to, as far as the turn needs to know. */
export interface TurnOwner {
  readonly system: { readonly name: string; readonly clock: Clock; readonly rng: Rng };
  readonly path: string;
  readonly key: string | undefined;
  readonly log: Logger;
  readonly patienceMs: number;
  readonly generation: number;
  turnOverran(turn: Turn): void;
}

export class Turn implements Context {
  readonly cell: TurnOwner;
  readonly letter: Letter | undefined;
  readonly deadline: number;
  readonly delivery = 1;
  /** Which start of the actor this turn belongs to; a turn that outlives its start has no say any more. */
  readonly generation: number;
  private controller: AbortController | undefined = undefined;
  private ended: Failure | undefined = undefined;
  private timer: Timer | undefined = undefined;
  private span: TraceContext | undefined = undefined;
  private id: string | undefined = undefined;
  private logger: Logger | undefined = undefined;

  constructor(cell: TurnOwner, letter: Letter | undefined, deadline: number) {
    this.cell = cell;
    this.letter = letter;
    this.deadline = deadline;
    this.generation = cell.generation;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.ended !== undefined) this.controller.abort(this.ended);
    return this.controller.signal;
  }

  get trace(): TraceContext {
    const parent = this.letter?.parent;
    const { rng } = this.cell.system;
    return (this.span ??= parent === undefined ? newTrace(rng) : childTrace(parent.trace, rng));
  }

  get messageId(): string {
    return (this.id ??= Buffer.from(this.cell.system.rng.bytes(12)).toString("hex"));
  }

  get correlationId(): string {
    return this.letter?.parent?.correlationId ?? this.messageId;
  }

  get sender(): string {
    return this.letter?.parent?.sender ?? this.cell.system.name;
  }

  get key(): string | undefined {
    return this.cell.key;
  }

  get log(): Logger {
    return (this.logger ??= this.cell.log.child({ traceId: this.trace.traceId }));
  }

  /** Watches over a turn that did not end at once: its deadline, and then its obedience. */
  follow(): void {
    const { clock } = this.cell.system;
    if (this.letter?.question !== undefined)
      this.letter.question.onGivenUp = (failure) => this.abort(failure);
    this.timer = clock.after(this.deadline - clock.now(), () => {
      this.abort(
        new Failure("timeout", "the turn ran past its deadline", { meta: { path: this.cell.path } }),
      );
      this.timer = clock.after(this.cell.patienceMs, () => this.cell.turnOverran(this));
    });
  }

  abort(failure: Failure): void {
    this.ended ??= failure;
    this.controller?.abort(this.ended);
  }

  end(): void {
    this.timer?.cancel();
  }
}
