/**
 * The small texts of one turn, written to the connection as one piece: each stays a NATS message of its own, but the
 * client makes its command, its bytes and its place in the socket's buffer once for all. Asks are what this is for: they
 * must not share a message, since the members of a queue share them out.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import type { NatsConnectionImpl } from "@nats-io/nats-core/internal";

/** Given to the client before the turn ends. It writes 32 KiB at once, so that the server works while we do. */
const PIECE_CHARACTERS = 16 * 1024;

export class Outbox {
  readonly #nc: NatsConnection;
  readonly #each: (subject: string, data: Uint8Array, reply: string) => void;
  /** Subject, reply and text of each message in turn. */
  #waiting: string[] = [];
  #characters = 0;

  /** `each` sends one message as the client does it, and does not throw. */
  constructor(nc: NatsConnection, each: (subject: string, data: Uint8Array, reply: string) => void) {
    this.#nc = nc;
    this.#each = each;
  }

  /** `subject` and `reply` are checked by the caller: a blank in them would change the command. */
  add(subject: string, reply: string, text: string): void {
    if (this.#waiting.length === 0) void Promise.resolve().then(this.#leave);
    this.#waiting.push(subject, reply, text);
    this.#characters += text.length;
    if (this.#characters >= PIECE_CHARACTERS) this.flush();
  }

  /** Writes what waits: before anything that must not overtake it. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#characters = 0;
    const pieces: string[] = [];
    for (let at = 0; at < waiting.length; at += 3) {
      const text = waiting[at + 2]!;
      pieces.push(`PUB ${waiting[at]} ${waiting[at + 1]} ${text.length}\r\n`, text, "\r\n");
    }
    const commands = pieces.join("");
    const bytes = encoder.encode(commands);
    // As many bytes as characters: all is ASCII, and the announced sizes are right.
    if (bytes.length === commands.length) {
      (this.#nc as NatsConnectionImpl).protocol.sendCommand(bytes);
      return;
    }
    for (let at = 0; at < waiting.length; at += 3) {
      this.#each(waiting[at]!, encoder.encode(waiting[at + 2]), waiting[at + 1]!);
    }
  }

  readonly #leave = (): void => this.flush();
}

const encoder = new TextEncoder();
