/**
 * JSON from strangers that will be judged: accepted only when every parser reads it alike. JSON.parse takes the
 * last of two equal keys and rounds long integers, so two judges could see different answers in one text.
 */
import { Failure } from "./failure.ts";
import type { Json } from "./ids.ts";
import { afterString, JSON_DEPTH } from "./json-text.ts";

export interface StrictJsonOptions {
  /** Longest text in UTF-16 units. */
  maxLength: number;
  /** Deepest nesting of arrays and objects; default 64. */
  maxDepth?: number;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANKS = /[ \t\n\r]*/y;

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  document(): Json {
    const value = this.#value(0);
    if (this.#at < this.#text.length) this.#refuse("text after the value");
    return value;
  }

  #refuse(what: string): never {
    throw new Failure("malformed", `not strict JSON: ${what}`, {
      meta: { at: this.#at, near: this.#text.slice(this.#at, this.#at + 40).toWellFormed() },
    });
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Takes `token` and the blanks around it when it comes next. */
  #takes(token: string): boolean {
    this.#match(BLANKS);
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    this.#match(BLANKS);
    return true;
  }

  #value(depth: number): Json {
    if (this.#takes("{")) return this.#object(this.#deeper(depth));
    if (this.#takes("[")) return this.#array(this.#deeper(depth));
    if (this.#takes("null")) return null;
    if (this.#takes("true")) return true;
    if (this.#takes("false")) return false;
    const value = this.#text[this.#at] === '"' ? this.#string() : this.#number();
    this.#match(BLANKS);
    return value;
  }

  #deeper(depth: number): number {
    if (depth >= this.#maxDepth) this.#refuse(`nesting deeper than ${this.#maxDepth} levels`);
    return depth + 1;
  }

  #object(depth: number): Json {
    const members: Record<string, Json> = {};
    if (this.#takes("}")) return members;
    do {
      const key = this.#string();
      if (key === "__proto__") this.#refuse('a "__proto__" key');
      if (Object.hasOwn(members, key)) this.#refuse(`the key ${JSON.stringify(key.slice(0, 80))} twice`);
      if (!this.#takes(":")) this.#refuse('no ":" after a key');
      members[key] = this.#value(depth);
    } while (this.#takes(","));
    if (!this.#takes("}")) this.#refuse("an object that does not close");
    return members;
  }

  #array(depth: number): Json {
    const items: Json[] = [];
    if (this.#takes("]")) return items;
    do items.push(this.#value(depth));
    while (this.#takes(","));
    if (!this.#takes("]")) this.#refuse("an array that does not close");
    return items;
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') this.#refuse("no string where one must be");
    const end = afterString(this.#text, this.#at);
    let text: string;
    try {
      text = JSON.parse(this.#text.slice(this.#at, end));
    } catch {
      return this.#refuse("a string that is not well-formed");
    }
    if (!text.isWellFormed()) this.#refuse("a lone surrogate");
    this.#at = end;
    return text;
  }

  #number(): number {
    const literal = this.#match(NUMBER) ?? this.#refuse("no value where one must be");
    const value = Number(literal);
    if (!Number.isFinite(value)) this.#refuse("a number too large to hold");
    if (/^-?\d+$/.test(literal) && !Number.isSafeInteger(value) && !isExact(literal, value)) {
      this.#refuse("an integer that a double cannot hold exactly");
    }
    return value;
  }
}

// Long literals are refused before BigInt would spend quadratic time on them: no double has more digits.
const isExact = (literal: string, value: number): boolean =>
  literal.length <= 310 && BigInt(literal) === BigInt(value);

/** Parses JSON that reads the same everywhere. Throws `malformed`, and `too-large` above `maxLength`. */
export function parseStrictJson(text: string, options: StrictJsonOptions): Json {
  if (text.length > options.maxLength) {
    throw new Failure("too-large", `JSON is longer than ${options.maxLength} characters`, {
      meta: { length: text.length, limit: options.maxLength },
    });
  }
  return new Reader(text, options.maxDepth ?? JSON_DEPTH).document();
}
