/**
 * Asks a real server what a user may do, over a raw connection: the NATS protocol answers commands in order, so every
 * violation that belongs to a batch has arrived when the PONG of the PING behind it has.
 */
import { fromSeed } from "@nats-io/nkeys";

export interface Attempt {
  direction: "publish" | "subscribe";
  subject: string;
}

export interface ProbeOptions {
  port: number;
  jwt: string;
  seed: Uint8Array;
  attempts: readonly Attempt[];
}

const VIOLATION = /^-ERR 'Permissions Violation for (Publish|Subscription) to "(.+?)"/;

/** Tries every attempt on one connection; returns those that the server refused, as `direction subject`. */
export async function refusedAttempts(options: ProbeOptions): Promise<Set<string>> {
  const connection = await open(options.port);
  try {
    const info = JSON.parse((await connection.until((line) => line.startsWith("INFO "))).slice(5)) as {
      nonce: string;
    };
    const signature = fromSeed(options.seed).sign(new TextEncoder().encode(info.nonce));
    const hello = {
      jwt: options.jwt,
      sig: Buffer.from(signature).toString("base64url"),
      verbose: false,
      protocol: 1,
    };
    connection.send(
      `CONNECT ${JSON.stringify({ ...hello, pedantic: false, lang: "probe", version: "1" })}\r\nPING\r\n`,
    );
    await connection.until((line) => line === "PONG");
    connection.send(`${options.attempts.map(command).join("")}PING\r\n`);
    const refused = new Set<string>();
    await connection.until((line) => {
      const [, what, subject] = VIOLATION.exec(line) ?? [];
      if (what !== undefined) refused.add(`${what === "Publish" ? "publish" : "subscribe"} ${subject}`);
      else if (line.startsWith("-ERR")) throw new Error(`the probe is wrong: ${line}`);
      return line === "PONG";
    });
    return refused;
  } finally {
    connection.close();
  }
}

/** Subscriptions end at once: a miner may hold 32 only. */
const command = ({ direction, subject }: Attempt, id: number): string =>
  direction === "publish" ? `PUB ${subject} 0\r\n\r\n` : `SUB ${subject} ${id}\r\nUNSUB ${id}\r\n`;

async function open(port: number) {
  const lines: string[] = [];
  let rest = "";
  let wake = () => {};
  let ended = false;
  const end = () => {
    ended = true;
    wake();
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_socket, chunk) {
        const parts = (rest + chunk.toString("utf8")).split("\r\n");
        rest = parts.pop() ?? "";
        lines.push(...parts);
        wake();
      },
      close: end,
      error: end,
      drain: () => flush(),
    },
  });
  let unsent = new Uint8Array();
  const flush = () => {
    unsent = unsent.subarray(socket.write(unsent));
  };
  return {
    send(text: string) {
      unsent = Buffer.concat([unsent, Buffer.from(text)]);
      flush();
    },
    /** The first line that `matches`, every line before it having been shown to it. */
    async until(matches: (line: string) => boolean): Promise<string> {
      for (;;) {
        for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
          // Messages that our own probes caused arrive as MSG lines: nobody asked for them.
          if (matches(line)) return line;
        }
        if (ended) throw new Error("the server closed the connection");
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    close: () => socket.end(),
  };
}
