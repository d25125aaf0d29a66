/** What happens to a connection, told to listeners and logged: one clear line each. */
import { errors, type Status } from "@nats-io/nats-core";
import type { Clock } from "../../ports/clock.ts";
import type { TransportStatus } from "../transport.ts";
import type { NatsContext } from "./context.ts";
import { natsFailure } from "./failures.ts";

interface Effects {
  online(online: boolean): void;
  closed(): void;
}

/** How often the event loop is looked at, and how late it may be before that is called blocked, in milliseconds. */
const LOOK_MS = 500;
const BLOCKED_MS = 1_000;
/** A disconnect this soon after a block is put down to it. */
const BLAME_MS = 2_000;

/** Follows the connection until it closes. */
export function followStatus(context: NatsContext, effects: Effects): void {
  const { nc, clock, log } = context;
  const lag = watchLag(clock);
  const tell = (status: TransportStatus, expected = status.type === "connected"): void => {
    log[expected ? "info" : "warn"](`nats ${status.type}`, { detail: status.detail });
    context.tell(status);
  };
  const follow = async (): Promise<void> => {
    for await (const status of nc.status()) {
      if (status.type === "disconnect") effects.online(false);
      if (status.type === "reconnect") effects.online(true);
      if (status.type === "error") failRefused(context, status.error);
      const told = toldAs(status);
      if (told !== undefined) tell(told);
      const blockedMs = status.type === "disconnect" ? lag.recent() : 0;
      if (blockedMs > 0) tell({ type: "slow-consumer", detail: notReading(blockedMs) });
    }
  };
  follow().catch((error) => log.error("nats status ended", { reason: natsFailure(error).message }));
  void nc.closed().then((error) => {
    lag.stop();
    effects.closed();
    const failure = error instanceof Error ? natsFailure(error) : undefined;
    if (failure === undefined) tell({ type: "closed", detail: "closed" }, true);
    else tell({ type: "closed", detail: failure.message, failure });
  });
}

function toldAs(status: Status): TransportStatus | undefined {
  switch (status.type) {
    case "disconnect":
      return { type: "disconnected", detail: status.server };
    case "reconnect":
      return { type: "connected", detail: status.server };
    case "reconnecting":
    case "forceReconnect":
      return { type: "reconnecting", detail: "looking for a server" };
    case "staleConnection":
      return { type: "reconnecting", detail: "the server stopped answering pings" };
    case "ldm":
      return { type: "reconnecting", detail: `${status.server} is about to stop` };
    case "slowConsumer":
      return {
        type: "slow-consumer",
        detail: `${status.pending} messages wait on ${status.sub.getSubject()}`,
      };
    case "error":
      return toldError(status.error);
    default:
      return undefined;
  }
}

function toldError(error: Error): TransportStatus {
  const told = { type: "error", detail: natsFailure(error).message } as const;
  const refused = refusedSubject(error);
  return refused === undefined ? told : { ...told, refused };
}

const refusedSubject = (error: Error): string | undefined =>
  error instanceof errors.PermissionViolationError && error.operation === "publish"
    ? error.subject
    : undefined;

/** A publish that the server refused has no answer: whoever asked on that subject is told at once. */
function failRefused(context: NatsContext, error: Error): void {
  const subject = refusedSubject(error);
  if (subject !== undefined) context.requests.fail(natsFailure(error, { subject }), subject);
}

/**
 * The server drops a client that does not read, without a reason that the client could see. A process that was too
 * busy to read knows by its own timers being late.
 */
function watchLag(clock: Clock): { recent(): number; stop(): void } {
  let last = clock.monotonic();
  let worst = { lateMs: 0, at: 0 };
  const look = (): void => {
    const now = clock.monotonic();
    const lateMs = now - last - LOOK_MS;
    last = now;
    if (lateMs > BLOCKED_MS) worst = { lateMs, at: now };
  };
  const timer = clock.every(LOOK_MS, look);
  return {
    stop: () => timer.cancel(),
    recent() {
      look();
      return clock.monotonic() - worst.at <= BLAME_MS ? worst.lateMs : 0;
    },
  };
}

const notReading = (blockedMs: number): string =>
  `this process did not read for ${Math.round(blockedMs)} ms: what was sent to it meanwhile may be lost`;
