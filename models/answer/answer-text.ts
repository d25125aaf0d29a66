/** Tokens to text as it can be shown: whole characters only, and nothing that may be the beginning of a stop text. */
export class AnswerText {
  readonly #stops: readonly string[];
  readonly #decoder = new TextDecoder("utf-8");
  #held = "";
  #stopped = false;

  constructor(stops: readonly string[] = []) {
    this.#stops = stops;
  }

  /** True once a stop text has come; what follows is not shown. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The text that these bytes of a token let out. */
  push(bytes: Uint8Array): string {
    return this.#let(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What was held back, at the end of the answer. */
  finish(): string {
    const shown = this.#let(this.#decoder.decode());
    const rest = this.#stopped ? "" : this.#held;
    this.#held = "";
    return shown + rest;
  }

  #let(text: string): string {
    if (this.#stopped) return "";
    const all = this.#held + text;
    const found = this.#stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.#stopped = true;
      this.#held = "";
      return all.slice(0, Math.min(...found));
    }
    const keep = this.#beginsStop(all);
    this.#held = all.slice(all.length - keep);
    return all.slice(0, all.length - keep);
  }

  /** Characters at the end that a stop text begins with. */
  #beginsStop(text: string): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let keep = Math.min(longest, text.length); keep > 0; keep--) {
      const tail = text.slice(text.length - keep);
      if (this.#stops.some((stop) => stop.startsWith(tail))) return keep;
    }
    return 0;
  }
}
