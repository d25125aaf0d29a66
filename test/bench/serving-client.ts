/**
 * Reads streams of the front in a process of its own: `serving-client.ts URL STREAMS TOKENS`; prints one JSON object. Over bare
 * sockets, so that what is measured is the server: it shares two cores with this.
 */
import { median } from "./row.ts";
import { microseconds, TICKING } from "./ticking-model.ts";

const [address = "", streams, tokens] = process.argv.slice(2);
const wanted = Number(tokens);
const { hostname, port, pathname } = new URL(address);
const asked = JSON.stringify({
  ...{ model: TICKING, max_tokens: wanted, stream: true },
  messages: [{ role: "user", content: "?" }],
});
const request = [
  `POST ${pathname}/chat/completions HTTP/1.1`,
  `Host: ${hostname}:${port}`,
  "Content-Type: application/json",
  `Content-Length: ${asked.length}`,
  `\r\n${asked}`,
].join("\r\n");

const TEXT = '"content":"';

/** One answer as it comes: each token is the time at which it was made, so that one out of order shows. */
class Answer {
  /** How long each token took from its making, in microseconds. */
  readonly latencies: number[] = [];
  done = false;
  #last = 0;
  #rest = "";

  feed(text: string, now: number): void {
    const all = this.#rest + text;
    let from = 0;
    for (let to = all.indexOf("\n\n"); to !== -1; to = all.indexOf("\n\n", from)) {
      this.#event(all.slice(from, to), now);
      from = to + 2;
    }
    this.#rest = all.slice(from);
  }

  /** The head of the response and the sizes of its chunks stand before the first event and between the others. */
  #event(event: string, now: number): void {
    if (this.done) throw new Error("something came after the end");
    this.done = event.endsWith("data: [DONE]");
    const at = event.indexOf(TEXT);
    if (at === -1 || event[at + TEXT.length] === '"') return;
    const made = Number(event.slice(at + TEXT.length, event.indexOf(' "', at)));
    if (!(made >= this.#last && made <= now))
      throw new Error(`a token is not whole, or out of order: ${event}`);
    this.#last = made;
    this.latencies.push(now - made);
  }
}

function read(): Promise<number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  const answer = new Answer();
  void Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (socket) => void socket.write(request),
      data(socket, bytes) {
        try {
          answer.feed(bytes.toString("latin1"), microseconds());
        } catch (thrown) {
          reject(thrown);
        }
        if (!answer.done) return;
        resolve(answer.latencies);
        socket.end();
      },
      close: () => reject(new Error("the stream broke off")),
      error: (_, error) => reject(error),
    },
  }).catch(reject);
  return promise;
}

const began = performance.now();
const all = await Promise.allSettled(Array.from({ length: Number(streams) }, read));
const tookMs = performance.now() - began;
const whole = all.flatMap((each) =>
  each.status === "fulfilled" && each.value.length === wanted ? [each.value] : [],
);
const failure = all.find((each) => each.status === "rejected");
if (failure !== undefined) console.error(`a stream failed: ${failure.reason}`);
console.log(JSON.stringify({ whole: whole.length, tookMs, medianUs: median(whole.flat()) }));
process.exit(0);
