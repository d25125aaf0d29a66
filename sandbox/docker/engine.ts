/** The engine's API. Whatever goes wrong with it is `unavailable`: infra, never the miner's fault. */
import type Docker from "dockerode";
import { Failure } from "../../protocol/failure.ts";

export interface EngineAddress {
  /** Path of the engine's socket; default `/var/run/docker.sock`. */
  socketPath?: string | undefined;
}

const DEFAULT_SOCKET = "/var/run/docker.sock";
export const START_ENGINE =
  "Start Docker, add this user to its group, or name another socket with --docker-socket (DOCKER_HOST).";

/** Loaded on first use: a node without Docker need not know the client. */
export async function connectEngine({ socketPath = DEFAULT_SOCKET }: EngineAddress): Promise<Docker> {
  const { default: Client } = await import("dockerode");
  return new Client({ socketPath });
}

/** The failure of an engine call. `statusOf` tells what the engine answered. */
export function engineFailure(what: string, cause: unknown): Failure {
  const status = statusOf(cause);
  const reason = status === undefined ? "the engine cannot be reached" : textOf(cause);
  return new Failure("unavailable", `${what}: ${reason}`.slice(0, 500), {
    hint: status === undefined ? START_ENGINE : "Run `bun run doctor`.",
    cause,
  });
}

/** HTTP status of the engine's refusal; undefined when it did not answer at all. */
export function statusOf(thrown: unknown): number | undefined {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === "number" ? status : undefined;
}

function textOf(thrown: unknown): string {
  const text = (thrown as { json?: { message?: unknown } } | null)?.json?.message;
  return typeof text === "string" ? text : String((thrown as Error).message);
}

/** Calls the engine; a refusal with one of `accepted` is not a failure: the wish is fulfilled already. */
export async function engineCall<T>(
  what: string,
  call: () => Promise<T>,
  accepted: readonly number[] = [],
): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    const status = statusOf(thrown);
    if (status !== undefined && accepted.includes(status)) return undefined;
    throw engineFailure(what, thrown);
  }
}
