/** A node that answers nonsense is the node's fault, and another one may serve: never a defect of ours, never an epoch lost. */
import { Failure } from "../../protocol/failure.ts";

/** Runs it; what is thrown by parsing and decoding answers becomes a retryable `provider` failure. */
export async function sensible<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    throw nonsense(thrown);
  }
}

export const nonsense = (cause: unknown): Failure =>
  new Failure("provider", "the node's answer makes no sense", {
    hint: "It is asked again; if it stays so, use another endpoint.",
    cause,
  });
