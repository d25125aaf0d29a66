/** The answers of one request, each a choice, as they are made: whichever has something to say is heard next. */
import { Failure } from "../../../protocol/failure.ts";
import type { AnswerChunk } from "./answer-body.ts";

export interface Said {
  choice: number;
  chunk: AnswerChunk;
}

export interface AnswersOptions {
  choices: number;
  /** Begins one answer; the signal is aborted when nobody wants any of them any more. */
  begin: (choice: number, signal: AbortSignal) => AsyncIterable<AnswerChunk>;
  /** Ends all of them. */
  signal: AbortSignal;
}

/** Answers of one request that are made or stand in line at the same time; the others begin as these end. */
const AT_ONCE = 16;

type Result = IteratorResult<Said, undefined>;
const DONE: Result = { done: true, value: undefined };

interface Reader {
  resolve: (result: Result) => void;
  reject: (thrown: unknown) => void;
}

/**
 * One pull at a time, as `for await` makes them. An answer goes on only when what it said was taken, so that a reader who
 * waits holds all of them back. When one fails, all of them end, and what is read next is the failure; but one that finds
 * the line full waits until another one of these has ended.
 */
export class Answers implements AsyncIterableIterator<Said, undefined> {
  readonly #options: AnswersOptions;
  readonly #left = new AbortController();
  readonly #signal: AbortSignal;
  readonly #running = new Map<number, AsyncIterator<AnswerChunk>>();
  /** Said and not taken yet; at most one of each answer. */
  readonly #heard: Said[] = [];
  /** That have not begun. */
  readonly #next: number[];
  /** That have said something. */
  readonly #spoken = new Set<number>();
  #over = false;
  #failure: { thrown: unknown } | undefined;
  /** Whose word was taken last. */
  #taken: number | undefined;
  #reader: Reader | undefined;

  constructor(options: AnswersOptions) {
    this.#options = options;
    this.#next = Array.from({ length: options.choices }, (_, choice) => choice);
    this.#signal = AbortSignal.any([options.signal, this.#left.signal]);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    if (this.#taken !== undefined) this.#pull(this.#taken);
    else if (this.#spoken.size === 0) this.#fill();
    this.#taken = undefined;
    if (this.#failure !== undefined) {
      const { thrown } = this.#failure;
      this.#failure = undefined;
      throw thrown;
    }
    const said = this.#heard.shift();
    if (said !== undefined) return this.#taking(said);
    if (this.#over || this.#running.size === 0) return DONE;
    return await new Promise<Result>((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** Ends every answer: those that are made, and those that stand in line. */
  async return(): Promise<Result> {
    const running = this.#end();
    this.#reader?.resolve(DONE);
    await Promise.all(running.map(async (answer) => answer.return?.()));
    return DONE;
  }

  #fill(): void {
    while (!this.#over && this.#running.size < AT_ONCE) {
      const choice = this.#next.shift();
      if (choice === undefined) return;
      this.#running.set(choice, this.#options.begin(choice, this.#signal)[Symbol.asyncIterator]());
      this.#pull(choice);
    }
  }

  #pull(choice: number): void {
    this.#running
      .get(choice)
      ?.next()
      .then(
        (result) => this.#hear(choice, result),
        (thrown) => this.#fail(choice, thrown),
      );
  }

  #hear(choice: number, { done, value }: IteratorResult<AnswerChunk>): void {
    if (this.#over) return;
    if (done === true) {
      this.#running.delete(choice);
      this.#fill();
      if (this.#running.size === 0) this.#reader?.resolve(DONE);
      return;
    }
    this.#spoken.add(choice);
    const said = { choice, chunk: value };
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) this.#heard.push(said);
    else reader.resolve(this.#taking(said));
  }

  #taking(said: Said): Result {
    this.#taken = said.choice;
    return { done: false, value: said };
  }

  #fail(choice: number, thrown: unknown): void {
    if (this.#over) return;
    const full = Failure.from(thrown).code === "overloaded" && !this.#spoken.has(choice);
    if (full && this.#running.size > 1) {
      this.#running.delete(choice);
      this.#next.unshift(choice);
      return;
    }
    for (const answer of this.#end()) void answer.return?.().catch(() => {});
    if (this.#reader === undefined) this.#failure = { thrown };
    else this.#reader.reject(thrown);
  }

  #end(): AsyncIterator<AnswerChunk>[] {
    this.#over = true;
    this.#left.abort();
    this.#heard.length = 0;
    const running = [...this.#running.values()];
    this.#running.clear();
    return running;
  }
}
