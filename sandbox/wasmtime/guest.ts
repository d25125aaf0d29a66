/**
 * Everything a guest can see: WASI preview 1 written against memory, so that no host file, clock, source of
 * chance or descriptor is within reach. Time stands still but for sleeping, which costs virtual time only.
 */
import { MAX_TOOL_REQUEST } from "../tool-channel.ts";
import { GuestMemory } from "./guest-memory.ts";
import type { GuestEnd, GuestRequest, Outside } from "./guest-run.ts";

const OK = 0;
const BAD_DESCRIPTOR = 8;
const INVALID = 28;
const UNSUPPORTED = 58;
const NOT_CAPABLE = 76;
const SEEK_PIPE = 70;

/** 2024-01-01: what the guest takes for the start of its life. */
const EPOCH_NS = 1_704_067_200_000_000_000n;
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
/**
 * The channel to the harness is the two directions that nothing else uses: inputs are read from standard output's
 * descriptor, the result is written to standard input's. (The file system embedded in the module passes on no other.)
 * A message of kind `T` is a tool call; its answer is read from standard error's.
 */
const INPUTS = STDOUT;
const RESULT = STDIN;
const TOOL_ANSWERS = STDERR;
const TOOL_CALL = "T";
const MAX_KEPT_TEXT = 65_536;
/** Host work costs no fuel, so that no single call may cause much of it. */
const MAX_RANDOM = 65_536;
const MAX_VECTORS = 1_024;
const LENGTH_DIGITS = 16;

/** What a module of the submission's own answers on: a descriptor that nothing prints to. */
const ANSWER = 3;

/** What the host's work for a guest costs in fuel, roughly its time: else it would be free and differ between judges. */
export const CALL_FUEL = 10_000;
const BYTE_FUEL = 2;
const RANDOM_BYTE_FUEL = 200;

/** Thrown inside a host function to end the guest at once. */
export class EndGuest extends Error {
  readonly end: GuestEnd;
  constructor(end: GuestEnd, message = "") {
    super(message);
    this.end = end;
  }
}

/** Arguments of one host call, by position; 32-bit values unsigned. */
export interface HostArgs {
  u32(index: number): number;
}

/** One guest's world: what it was given, what it said, and how much it has used of what is counted here. */
export class Guest {
  stdout: Uint8Array[] = [];
  stderr: Uint8Array[] = [];
  /** Kind letter and text of the harness's message, as the guest wrote it. */
  result: { kind: string; body: Uint8Array } | undefined;
  exitCode: number | undefined;
  readonly memory = new GuestMemory();
  readonly files: Readonly<Record<string, string>>;
  /** Fuel for host work that has not been charged yet; whoever called takes it off the guest's. */
  owedFuel = 0;
  readonly #start: GuestRequest;
  readonly #stdinBytes: Uint8Array;
  readonly #given: Uint8Array[];
  #stdinAt = 0;
  #input: Uint8Array | undefined;
  #inputAt = 0;
  #written = 0;
  #kept = { stdout: 0, stderr: 0 };
  #virtualNs = 0n;
  #caseBeganNs = 0n;
  #randomBlocks = 0;
  readonly #outside: Outside;
  readonly #answers: Uint8Array[] = [];
  #answer = new Uint8Array(0);
  /** What can be read, by descriptor. */
  readonly #sources: Readonly<Record<number, (size: number) => Uint8Array>>;

  constructor(start: GuestRequest, outside: Outside = {}) {
    this.#start = start;
    this.files = start.files;
    const { answerTool, loop } = outside;
    this.#outside = {
      ...(start.tools && answerTool !== undefined ? { answerTool } : {}),
      ...(start.loop && loop !== undefined ? { loop } : {}),
    };
    this.#sources = {
      [STDIN]: (size) => this.#stdin(size),
      ...(start.answers === "harness" ? { [INPUTS]: (size: number) => this.#channel(size) } : {}),
      ...(this.#outside.answerTool === undefined
        ? {}
        : { [TOOL_ANSWERS]: (size: number) => this.#toolAnswer(size) }),
    };
    this.#stdinBytes = Buffer.from(start.stdin);
    this.#given = start.inputs.map((input) => Buffer.from(input));
  }

  /** WASI functions by name; each returns an errno. What is missing answers `not capable`. */
  readonly functions: Readonly<Record<string, (args: HostArgs) => number>> = {
    args_sizes_get: (args) => this.#sizes(args, this.#start.args),
    args_get: (args) => this.#strings(args, this.#start.args),
    environ_sizes_get: (args) => this.#sizes(args, this.#start.env),
    environ_get: (args) => this.#strings(args, this.#start.env),
    clock_res_get: (args) => this.#u64(args.u32(1), 1_000n),
    clock_time_get: (args) => {
      this.#virtualNs += 1_000n;
      return this.#u64(args.u32(2), (args.u32(0) === 0 ? EPOCH_NS : 0n) + this.#virtualNs);
    },
    random_get: (args) =>
      args.u32(1) > MAX_RANDOM ? INVALID : this.fillRandom(this.memory.bytes(args.u32(0), args.u32(1))),
    sched_yield: () => OK,
    proc_exit: (args) => {
      this.exitCode = args.u32(0);
      throw new EndGuest("exit");
    },
    poll_oneoff: (args) => this.#poll(args),
    fd_write: (args) => this.#write(args),
    fd_read: (args) => this.#read(args),
    fd_close: (args) => (this.#isOpen(args.u32(0)) ? OK : BAD_DESCRIPTOR),
    fd_fdstat_get: (args) => this.#descriptor(args, 24),
    fd_fdstat_set_flags: (args) => (this.#isOpen(args.u32(0)) ? OK : BAD_DESCRIPTOR),
    fd_filestat_get: (args) => this.#descriptor(args, 64),
    fd_prestat_get: () => BAD_DESCRIPTOR,
    fd_prestat_dir_name: () => BAD_DESCRIPTOR,
    fd_seek: (args) => (this.#isOpen(args.u32(0)) ? SEEK_PIPE : BAD_DESCRIPTOR),
    fd_tell: (args) => (this.#isOpen(args.u32(0)) ? SEEK_PIPE : BAD_DESCRIPTOR),
    fd_sync: () => OK,
    fd_datasync: () => OK,
  };

  /** Calls one function; guest pointers out of range are the guest's fault and answered with an errno. */
  call(name: string, args: HostArgs): number {
    this.owedFuel += CALL_FUEL;
    const called = this.functions[name];
    return called === undefined ? NOT_CAPABLE : called(args);
  }

  #isOpen(descriptor: number): boolean {
    return descriptor <= STDERR || (descriptor === ANSWER && this.#start.answers === "descriptor");
  }

  /** Standard input takes results of harnesses, and of nobody else. */
  #isWritable(descriptor: number): boolean {
    return this.#isOpen(descriptor) && (descriptor !== RESULT || this.#start.answers === "harness");
  }

  #sizes(args: HostArgs, strings: readonly string[]): number {
    const bytes = strings.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
    this.memory.setU32(args.u32(0), strings.length);
    this.memory.setU32(args.u32(1), bytes);
    return OK;
  }

  #strings(args: HostArgs, strings: readonly string[]): number {
    let [slot, at] = [args.u32(0), args.u32(1)];
    for (const text of strings) {
      const bytes = new TextEncoder().encode(`${text}\0`);
      this.memory.setU32(slot, at);
      this.memory.bytes(at, bytes.length).set(bytes);
      slot += 4;
      at += bytes.length;
    }
    return OK;
  }

  #u64(at: number, value: bigint): number {
    this.memory.setU64(at, value);
    return OK;
  }

  /** A character device: enough for C's stdio to treat every descriptor as a pipe-like terminal. */
  #descriptor(args: HostArgs, size: 24 | 64): number {
    if (!this.#isOpen(args.u32(0))) return BAD_DESCRIPTOR;
    const stat = this.memory.bytes(args.u32(1), size);
    stat.fill(0);
    stat[size === 24 ? 0 : 16] = 2;
    if (size === 24) this.memory.setU64(args.u32(1) + 8, 0x4aan); // read, write, flags, stat, poll
    return OK;
  }

  /** Seeded bytes: sha256(seed, counter), 32 at a time, none used twice. */
  fillRandom(into: Uint8Array): number {
    this.owedFuel += into.length * RANDOM_BYTE_FUEL;
    for (let at = 0; at < into.length; at += 32) {
      const block = new Bun.CryptoHasher("sha256")
        .update(`${this.#start.seed}:${this.#randomBlocks++}`)
        .digest();
      into.set(block.subarray(0, into.length - at), at);
    }
    return OK;
  }

  /** Sleeping moves the guest's clock and nothing else; sleeping past the wall limit is a timeout. */
  #poll(args: HostArgs): number {
    const [from, to, count] = [args.u32(0), args.u32(1), args.u32(2)];
    if (count !== 1 || this.memory.u8(from + 8) !== 0) return UNSUPPORTED;
    const asked = this.memory.u64(from + 24);
    const absolute = (this.memory.u16(from + 40) & 1) === 1;
    const base = this.memory.u32(from + 16) === 0 ? EPOCH_NS : 0n;
    const target = absolute ? asked - base : this.#virtualNs + asked;
    if (target > this.#virtualNs) this.sleep(target - this.#virtualNs);
    this.memory.bytes(to, 32).fill(0);
    this.memory.setU64(to, this.memory.u64(from));
    this.memory.setU32(args.u32(3), 1);
    return OK;
  }

  /** The guest's clock moves on. */
  sleep(ns: bigint): void {
    this.#virtualNs += ns;
    const slept = this.#virtualNs - this.#caseBeganNs;
    if (slept > BigInt(this.#start.wallMs) * 1_000_000n) throw new EndGuest("timeout");
  }

  #write(args: HostArgs): number {
    const descriptor = args.u32(0);
    if (!this.#isWritable(descriptor)) return BAD_DESCRIPTOR;
    const size = this.output(descriptor, this.#vectors(args));
    this.memory.setU32(args.u32(3), size);
    return OK;
  }

  /** Takes what the guest writes to a descriptor; its size in bytes. */
  output(descriptor: number, parts: readonly Uint8Array[]): number {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    this.owedFuel += size * BYTE_FUEL;
    if (descriptor === RESULT && this.#outside.answerTool !== undefined && this.#callTool(parts, size)) {
      return size;
    }
    this.#written += size;
    if (this.#written > this.#start.outputBytes) throw new EndGuest("output-limit");
    if (descriptor === RESULT) this.#take(Buffer.concat(parts));
    else if (descriptor === ANSWER) this.#answers.push(...parts.map((part) => part.slice()));
    else this.#keep(descriptor === STDERR ? "stderr" : "stdout", parts);
    return size;
  }

  /** What a module without harness wrote to the descriptor for answers; nothing when it never did. */
  ownAnswer(): Uint8Array | undefined {
    return this.#answers.length === 0 ? undefined : Buffer.concat(this.#answers);
  }

  /** Starts over for the next input of a loop; the clock and chance go on. */
  nextCase(input: string): void {
    this.#given.push(Buffer.from(input));
    this.result = undefined;
    this.stdout = [];
    this.stderr = [];
    this.#kept = { stdout: 0, stderr: 0 };
    this.#written = 0;
    this.#caseBeganNs = this.#virtualNs;
    this.owedFuel = 0;
  }

  #keep(stream: "stdout" | "stderr", parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      const room = MAX_KEPT_TEXT - this.#kept[stream];
      if (room > 0) this[stream].push(part.slice(0, room));
      this.#kept[stream] += Math.min(room, part.length);
    }
  }

  /** Whether the message is a tool call; then its answer lies ready. Requests are no output: the session counts them. */
  #callTool(parts: readonly Uint8Array[], size: number): boolean {
    const opening = this.#start.nonce + TOOL_CALL;
    if (Buffer.concat(parts, Math.min(size, opening.length)).toString("latin1") !== opening) return false;
    if (size - opening.length > MAX_TOOL_REQUEST) throw new EndGuest("output-limit");
    const text = Buffer.concat(parts).toString("latin1", opening.length);
    const answer = this.#outside.answerTool!(text);
    this.#answer = Buffer.from(String(answer.length).padStart(LENGTH_DIGITS, "0") + answer, "latin1");
    this.owedFuel += answer.length * BYTE_FUEL;
    return true;
  }

  /**
   * The first message that carries the nonce is the result and ends the run; everything else is noise. In a loop the
   * run goes on, and whatever comes before the next input was read is noise as well.
   */
  #take(message: Buffer): void {
    const nonce = this.#start.nonce;
    if (this.result !== undefined || message.toString("latin1", 0, nonce.length) !== nonce) return;
    this.result = {
      kind: message.toString("latin1", nonce.length, nonce.length + 1),
      body: message.subarray(nonce.length + 1),
    };
    if (this.#outside.loop === undefined) throw new EndGuest("result");
    this.#outside.loop.answered();
  }

  #read(args: HostArgs): number {
    const descriptor = args.u32(0);
    const take = this.#sources[descriptor];
    if (take === undefined) return BAD_DESCRIPTOR;
    const room = this.#vectors(args);
    let read = 0;
    for (const part of room) {
      const chunk = take(part.length);
      part.set(chunk);
      read += chunk.length;
      if (chunk.length < part.length) break;
    }
    this.owedFuel += read * BYTE_FUEL;
    this.memory.setU32(args.u32(3), read);
    return OK;
  }

  /** One whole message of a channel, or all of standard input; undefined at the end. */
  input(descriptor: number): Uint8Array | undefined {
    const take = this.#sources[descriptor];
    if (take === undefined) return undefined;
    const size =
      descriptor === STDIN ? this.#stdinBytes.length : Number(Buffer.from(take(LENGTH_DIGITS)).toString());
    const message = take(size);
    this.owedFuel += message.length * BYTE_FUEL;
    return descriptor !== STDIN && size === 0 ? undefined : message;
  }

  #stdin(size: number): Uint8Array {
    const chunk = this.#stdinBytes.subarray(this.#stdinAt, this.#stdinAt + size);
    this.#stdinAt += chunk.length;
    return chunk;
  }

  /** The answer to the last call, behind its size in 16 decimal digits. */
  #toolAnswer(size: number): Uint8Array {
    const chunk = this.#answer.subarray(0, size);
    this.#answer = this.#answer.subarray(chunk.length);
    return chunk;
  }

  /** Inputs, each behind its size in 16 decimal digits; then the end of the file. */
  #channel(size: number): Uint8Array {
    if (this.#input === undefined || this.#inputAt === this.#input.length) {
      if (this.#given.length === 0 && this.result !== undefined) this.#outside.loop?.next();
      const next = this.#given.shift();
      if (next === undefined) return new Uint8Array(0);
      this.#input = Buffer.concat([Buffer.from(String(next.length).padStart(LENGTH_DIGITS, "0")), next]);
      this.#inputAt = 0;
    }
    const chunk = this.#input.subarray(this.#inputAt, this.#inputAt + size);
    this.#inputAt += chunk.length;
    return chunk;
  }

  #vectors(args: HostArgs): Uint8Array[] {
    const [at, count] = [args.u32(1), args.u32(2)];
    if (count > MAX_VECTORS) throw new RangeError(`too many vectors: ${count}`);
    return Array.from({ length: count }, (_, index) =>
      this.memory.bytes(this.memory.u32(at + index * 8), this.memory.u32(at + index * 8 + 4)),
    );
  }
}
