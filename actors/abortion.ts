/** An abort signal as something that can be raced. */
import { Failure } from "../protocol/failure.ts";

/** A promise that rejects when the signal aborts, and a way to stop listening. */
export function abortion(signal: AbortSignal): { promise: Promise<never>; dispose: () => void } {
  let listener = () => {};
  const promise = new Promise<never>((_, reject) => {
    listener = () => reject(new Failure("cancelled", "the node is stopping"));
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  });
  promise.catch(() => {});
  return { promise, dispose: () => signal.removeEventListener("abort", listener) };
}
