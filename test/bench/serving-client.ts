/** Reads streams of the front in a process of its own: `serving-client.ts URL STREAMS TOKENS`; prints one JSON object. */
import { createParser } from "eventsource-parser";
import { median } from "./row.ts";
import { microseconds, TICKING } from "./ticking-model.ts";

const [url = "", streams, tokens] = process.argv.slice(2);
const wanted = Number(tokens);

/** How long each token took from its making, in microseconds. */
async function read(): Promise<number[]> {
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({
      ...{ model: TICKING, max_tokens: wanted, stream: true },
      messages: [{ role: "user", content: "?" }],
    }),
  });
  if (!response.ok) throw new Error(await response.text());
  const latencies: number[] = [];
  let done = false;
  const parser = createParser({
    onEvent({ data }) {
      if (data === "[DONE]") done = true;
      const said = /"content":"(\d+) "/.exec(data)?.[1];
      if (said !== undefined) latencies.push(microseconds() - Number(said));
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  if (!done) throw new Error("the stream broke off");
  return latencies;
}

const began = performance.now();
const all = await Promise.allSettled(Array.from({ length: Number(streams) }, read));
const tookMs = performance.now() - began;
const whole = all.flatMap((each) =>
  each.status === "fulfilled" && each.value.length === wanted ? [each.value] : [],
);
console.log(JSON.stringify({ whole: whole.length, tookMs, medianUs: median(whole.flat()) }));
process.exit(0);
