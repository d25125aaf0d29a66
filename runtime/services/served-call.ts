/** One accepted message on its way through a mailbox. */
import type { Envelope, FrameType } from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import type { CallContext } from "./call-context.ts";
import type { Endpoint } from "./endpoint.ts";

export interface ServedCall {
  readonly envelope: Envelope;
  readonly context: CallContext;
  readonly reply: string | undefined;
}

/** Right kind, right schema, known version: throws the failure to answer. */
export function checkAccepted(endpoint: Endpoint, type: FrameType, envelope: Envelope): void {
  if (envelope.schema !== endpoint.input || envelope.type !== type) {
    throw new Failure("unknown-method", `${endpoint.title} does not take this message`, {
      meta: { type: envelope.type, schema: envelope.schema, expected: endpoint.input },
    });
  }
  // Before it takes a place in the mailbox; an older body is upcast when its turn comes.
  if (envelope.version > endpoint.inputVersion) {
    throw new Failure("unknown-version", `${endpoint.title} is served in version ${endpoint.inputVersion}`, {
      meta: { asked: envelope.version, served: endpoint.inputVersion },
      hint: "Upgrade the node that serves it.",
    });
  }
}

/** Under what a message is counted that could not be taken. */
export const dropReason = (failure: Failure): string =>
  failure.code === "unknown-version" ? failure.code : "malformed";
