/** Announcements: sent to whoever listens, dropped and counted when they cannot be read. */
import { decodeEnvelope } from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import { ANY, methodSubject } from "../../protocol/subject.ts";
import type { Context } from "../context.ts";
import type { CallOptions } from "../services.ts";
import type { Inbound, Subscription } from "../transport/transport.ts";
import { CallContext } from "./call-context.ts";
import type { Endpoint } from "./endpoint.ts";
import { checkAccepted, dropReason } from "./served-call.ts";
import { BUNDLED, type Wire } from "./wire.ts";

export function publishEvent(
  wire: Wire,
  endpoint: Endpoint,
  subject: string,
  body: unknown,
  options: CallOptions | undefined,
): void {
  const message = wire.writeEvent(endpoint, options?.deadline, options?.parent, body);
  wire.transport.publish(subject, message, BUNDLED);
  endpoint.calls.add("ok");
}

export function subscribeEvent(
  wire: Wire,
  endpoint: Endpoint,
  handler: (body: unknown, context: Context) => void,
  options: { key?: string } | undefined,
): Subscription {
  const { service, name, method } = endpoint;
  const keyed = method.key !== undefined;
  const subject = methodSubject(wire.net, service, name, keyed ? (options?.key ?? ANY) : undefined);
  return wire.transport.subscribe(subject, (message) => {
    try {
      const envelope = decodeEnvelope(message.text ?? message.data, { maxBytes: endpoint.maxBytes });
      checkAccepted(endpoint, "event", envelope);
      // Events without a deadline are as good as on the first day: no clock is read for them.
      if (envelope.deadline !== undefined && envelope.deadline <= wire.clock.now()) {
        return endpoint.dropped.add("expired");
      }
      const body = endpoint.readInput(envelope);
      const context = new CallContext(wire, endpoint, envelope, {
        deadline: envelope.deadline ?? Number.MAX_SAFE_INTEGER,
        key: keyed ? keyOf(message) : undefined,
      });
      handler(body, context);
      endpoint.served.add("ok");
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (failure.code === "defect") {
        endpoint.served.add("defect");
        wire.log.error("event handler failed", {
          ...endpoint.labels,
          problem: failure.message,
          cause: failure,
        });
      } else {
        endpoint.dropped.add(dropReason(failure));
      }
    }
  });
}

const keyOf = (message: Inbound): string => message.subject.slice(message.subject.lastIndexOf(".") + 1);
