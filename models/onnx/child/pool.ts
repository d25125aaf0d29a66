/** One vector of the states of many tokens, given in pieces. */
import type { Embedding } from "../../../protocol/model.ts";

export class Pool {
  readonly #pooling: Embedding["pooling"];
  readonly #sum: Float64Array;
  #tokens = 0;

  /** `size` numbers for each token. */
  constructor(pooling: Embedding["pooling"], size: number) {
    this.#pooling = pooling;
    this.#sum = new Float64Array(size);
  }

  /** States of tokens, one after the other. */
  add(states: Float32Array): void {
    const size = this.#sum.length;
    const count = states.length / size;
    if (this.#pooling === "last") this.#sum.set(states.subarray(states.length - size));
    else if (this.#pooling === "mean") {
      for (let at = 0; at < states.length; at++) this.#sum[at % size]! += states[at]!;
    } else if (this.#tokens === 0) this.#sum.set(states.subarray(0, size));
    this.#tokens += count;
  }

  /** Before it is brought to length 1. */
  vector(): Float64Array {
    return this.#pooling === "mean" ? this.#sum.map((value) => value / this.#tokens) : this.#sum;
  }
}
