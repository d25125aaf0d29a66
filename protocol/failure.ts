/**
 * How things fail. One closed union for the whole product: whoever holds a failure knows, without asking,
 * whether to try again (`retryable`), whose fault it was (`owner`) and what to do (`hint`).
 * Terminal versus retryable is the root of the tree; everything else is detail.
 */
import { z } from "zod";
import { cutText } from "./cut-text.ts";
import { boundedRecord } from "./ids.ts";

/** Who has to act. `miner` failures cost the miner; none of the others ever does. */
export const FailureOwner = z.enum(["caller", "miner", "validator", "provider", "infra"]);
export type FailureOwner = z.infer<typeof FailureOwner>;

type Kind = { readonly retryable: boolean; readonly owner: FailureOwner };
const terminal = (owner: FailureOwner): Kind => ({ retryable: false, owner });
const retryable = (owner: FailureOwner): Kind => ({ retryable: true, owner });

/** Every way a call, a message or a job can fail, with what follows from it. */
export const FAILURES = {
  // Terminal: the same message will fail the same way.
  malformed: terminal("caller"),
  "too-large": terminal("caller"),
  "unknown-method": terminal("caller"),
  "unknown-version": terminal("caller"),
  "not-found": terminal("caller"),
  refused: terminal("caller"),
  unauthorised: terminal("caller"),
  conflict: terminal("caller"),
  expired: terminal("caller"),
  cancelled: terminal("caller"),
  fenced: terminal("caller"),
  config: terminal("caller"),
  policy: terminal("miner"),
  limit: terminal("miner"),
  corrupt: terminal("infra"),
  gap: terminal("infra"),
  defect: terminal("validator"),
  // Retryable: the same message may succeed later.
  timeout: retryable("infra"),
  unavailable: retryable("infra"),
  overloaded: retryable("infra"),
  draining: retryable("infra"),
  storage: retryable("infra"),
  provider: retryable("provider"),
} as const satisfies Record<string, Kind>;

export type FailureCode = keyof typeof FAILURES;
export const FailureCode = z.enum(Object.keys(FAILURES) as [FailureCode, ...FailureCode[]]);

const MAX_MESSAGE = 1_000;
const MAX_CAUSES = 8;
const MAX_META = 32;
const MAX_META_KEY = 64;

/** A failure as it travels: nothing is lost but the stack. */
export interface WireFailure {
  code: FailureCode;
  message: string;
  retryable: boolean;
  owner: FailureOwner;
  hint?: string | undefined;
  retryAfterMs?: number | undefined;
  meta?: Record<string, string | number | boolean | null> | undefined;
  cause?: WireFailure | undefined;
}

export const WireFailure: z.ZodType<WireFailure> = z.object({
  code: FailureCode,
  message: z.string().max(MAX_MESSAGE),
  retryable: z.boolean(),
  owner: FailureOwner,
  hint: z.string().max(MAX_MESSAGE).optional(),
  retryAfterMs: z.number().int().nonnegative().optional(),
  meta: boundedRecord(
    z.string().max(MAX_META_KEY),
    z.union([z.string().max(MAX_MESSAGE), z.number(), z.boolean(), z.null()]),
    MAX_META,
  ).optional(),
  get cause() {
    return WireFailure.optional();
  },
});

// A failure that its receiver would refuse as malformed helps nobody: everything is cut to its bound.
const boundedMeta = (meta: NonNullable<FailureOptions["meta"]>): NonNullable<FailureOptions["meta"]> =>
  Object.fromEntries(
    Object.entries(meta)
      .filter(([key, value]) => key !== "__proto__" && value !== undefined)
      .slice(0, MAX_META)
      .map(([key, value]) => [cutText(key, MAX_META_KEY), boundedValue(value)]),
  );

function boundedValue<T extends string | number | boolean | null>(value: T): T | string {
  if (typeof value === "string") return cutText(value, MAX_MESSAGE);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

const wholeMs = (ms: number): number =>
  Number.isNaN(ms) ? 0 : Math.min(Math.max(0, Math.ceil(ms)), Number.MAX_SAFE_INTEGER);

function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "a value that cannot be shown";
  }
}

export interface FailureOptions {
  /** What the reader should do next, as a sentence. */
  hint?: string | undefined;
  /** Offending values, for logs and for the wire. Never a secret. */
  meta?: Record<string, string | number | boolean | null> | undefined;
  /** Overrides the code's default, e.g. a `provider` answer that will never change. */
  retryable?: boolean | undefined;
  owner?: FailureOwner | undefined;
  /** How long to wait before the next try, in milliseconds. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** The one error class of Orrery. Throw it with the code that says what follows from it. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly retryable: boolean;
  readonly owner: FailureOwner;
  readonly hint: string | undefined;
  readonly meta: FailureOptions["meta"];
  readonly retryAfterMs: number | undefined;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? FAILURES[code].retryable;
    this.owner = options.owner ?? FAILURES[code].owner;
    this.hint = options.hint;
    this.meta = options.meta;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Any thrown value as a failure; what nobody foresaw is a `defect` of ours, never the miner's. */
  static from(thrown: unknown, code: FailureCode = "defect"): Failure {
    if (thrown instanceof Failure) return thrown;
    if (thrown instanceof Error) return new Failure(code, thrown.message || thrown.name, { cause: thrown });
    return new Failure(code, describe(thrown));
  }

  /** The wire form: bounded, and without stacks. */
  toWire(depth = 0): WireFailure {
    const cause =
      this.cause === undefined || depth >= MAX_CAUSES
        ? undefined
        : Failure.from(this.cause).toWire(depth + 1);
    return {
      code: this.code,
      message: cutText(this.message, MAX_MESSAGE),
      retryable: this.retryable,
      owner: this.owner,
      ...(this.hint === undefined ? {} : { hint: cutText(this.hint, MAX_MESSAGE) }),
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: wholeMs(this.retryAfterMs) }),
      ...(this.meta === undefined ? {} : { meta: boundedMeta(this.meta) }),
      ...(cause === undefined ? {} : { cause }),
    };
  }

  static fromWire(wire: WireFailure): Failure {
    return new Failure(wire.code, wire.message, {
      hint: wire.hint,
      meta: wire.meta,
      retryable: wire.retryable,
      owner: wire.owner,
      retryAfterMs: wire.retryAfterMs,
      cause: wire.cause === undefined ? undefined : Failure.fromWire(wire.cause),
    });
  }

  /** One line for a terminal: what happened, with which values, and what to do. (JavaScriptCore puts an own `line` on errors.) */
  toLine(): string {
    const meta = Object.entries(this.meta ?? {}).map(([key, value]) => `${key}=${value}`);
    const values = meta.length > 0 ? ` (${meta.join(", ")})` : "";
    const line = `${this.message}${values}${this.hint ? `. ${this.hint}` : ""}`;
    return line.replace(/[\r\n]\s*/g, " "); // what others have said may be of several
  }
}
