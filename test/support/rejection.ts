/** The failure a promise ends with; an Error of its own when it succeeds or throws anything else. */
import { Failure } from "../../protocol/failure.ts";

export async function rejection(promise: Promise<unknown>): Promise<Failure> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw new Error(`expected a Failure, caught ${String(error)}`, { cause: error });
  }
  throw new Error(`expected a Failure, got ${String(value)}`);
}

/** The same for a call that throws at once. */
export function refusal(call: () => unknown): Failure {
  let value: unknown;
  try {
    value = call();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw new Error(`expected a Failure, caught ${String(error)}`, { cause: error });
  }
  throw new Error(`expected a Failure, got ${String(value)}`);
}
