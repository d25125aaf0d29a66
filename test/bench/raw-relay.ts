/**
 * The floor of serving: nats.js and Bun's HTTP alone. Both ends are in one process here, the maker of the tokens on a connection
 * of its own, and each token crosses the server as in use. Never returns.
 */
import { connect } from "@nats-io/transport-node";
import { microseconds, TICK_MS } from "./ticking-model.ts";

const encoder = new TextEncoder();

export async function rawRelay(url: string): Promise<never> {
  const options = { servers: url, noAsyncTraces: true };
  const [maker, relay] = await Promise.all([connect(options), connect(options)]);
  const make = async (reply: string, tokens: number): Promise<void> => {
    for (let left = tokens; left > 0; left--) {
      await Bun.sleep(TICK_MS);
      maker.publish(reply, String(microseconds()));
    }
    maker.publish(reply);
  };
  maker.subscribe("raw.generate", {
    callback: (_, message) => void make(message.reply ?? "", Number(message.string())),
  });
  let answers = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { max_tokens } = (await request.json()) as { max_tokens: number };
      const reply = `raw.answer.${++answers}`;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          relay.subscribe(reply, {
            callback: (_, message) => {
              const text = message.string();
              const said = text === "" ? "[DONE]" : `{"content":"${text} "}`;
              controller.enqueue(encoder.encode(`data: ${said}\n\n`));
              if (text === "") controller.close();
            },
          });
          relay.publish("raw.generate", String(max_tokens), { reply });
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  await Promise.all([maker.flush(), relay.flush()]);
  console.log(JSON.stringify({ ready: true, url: `http://127.0.0.1:${server.port}/v1` }));
  for await (const _ of Bun.stdin.stream()) {
    // Nothing is said: the end of the input is the end of the bench.
  }
  process.exit(0);
}
