/** One bounded HTTP question to the registry, its answer validated, its failures as the registry meant them. */
import type { z } from "zod";
import { Failure, WireFailure } from "../../protocol/failure.ts";
import type { Http } from "../../runtime/ports/http.ts";
import type { Clock } from "../../runtime/ports/index.ts";

export interface PostOptions {
  url: string;
  http: Http;
  clock: Clock;
  signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;
const ANSWER_LIMIT = 64 * 1024;

/** Fails as the registry answered; with `unavailable` when it did not, or not in our terms. */
export async function post<T extends z.ZodType>(
  { url, http, clock, signal }: PostOptions,
  path: string,
  body: unknown,
  schema: T,
): Promise<z.output<T>> {
  const deadline = new AbortController();
  const timer = clock.after(TIMEOUT_MS, () => deadline.abort());
  try {
    const response = await http(new URL(path, url).href, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.any([signal, deadline.signal]),
    });
    return answerOf(await textOf(response), schema, url);
  } catch (thrown) {
    if (signal.aborted) throw new Failure("cancelled", "The enrolment was cancelled", { cause: thrown });
    if (thrown instanceof Failure) throw thrown;
    throw new Failure("unavailable", "The registry does not answer", {
      meta: { url },
      cause: thrown,
      hint: "Check --enrol, and that the registry runs.",
    });
  } finally {
    timer.cancel();
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > ANSWER_LIMIT) throw new Failure("unavailable", "The registry's answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answerOf<T extends z.ZodType>(text: string, schema: T, url: string): z.output<T> {
  const json = jsonOf(text);
  const failure = WireFailure.safeParse(json);
  if (failure.success) throw Failure.fromWire(failure.data);
  const answer = schema.safeParse(json);
  if (answer.success) return answer.data;
  throw new Failure("unavailable", "The address does not answer like a registry", {
    meta: { url },
    hint: "Check --enrol.",
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
