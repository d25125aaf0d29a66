/** Asks the gateway; what it refuses becomes an error with its own words and hint. */
import type { ApiError } from "../protocol/views.ts";

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new Error("The gateway does not answer.", { cause });
  }
  if (answer.ok) return (await answer.json()) as T;
  const said = (await answer.json().catch(() => undefined)) as Partial<ApiError> | undefined;
  const { message, hint } = said?.error ?? {};
  throw new Error([message ?? `The gateway answered ${answer.status}.`, hint].filter(Boolean).join(". "));
}
