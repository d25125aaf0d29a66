/**
 * Several large messages to one subject as one write: their bytes are copied once, into what the socket gets. The client would
 * make room for each message, and then for all of them together.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import type { NatsConnectionImpl } from "@nats-io/nats-core/internal";
import type { Framed } from "../framed.ts";

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** `subject`, and `reply` of the last, are checked by the caller, and ASCII: anything else would change the command. */
export function writeFramed(
  nc: NatsConnection,
  subject: string,
  messages: readonly Framed[],
  reply: string,
): void {
  const heads: string[] = [];
  let size = 0;
  for (const [index, { header, body }] of messages.entries()) {
    const to = index === messages.length - 1 ? `${subject} ${reply}` : subject;
    const head = `PUB ${to} ${header.length + body.length}\r\n${header}`;
    heads.push(head);
    size += head.length + body.length + 2;
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const [index, { body }] of messages.entries()) {
    at += bytes.write(heads[index]!, at, "latin1");
    bytes.set(body, at);
    at += body.length;
    bytes[at++] = CARRIAGE_RETURN;
    bytes[at++] = LINE_FEED;
  }
  (nc as NatsConnectionImpl).protocol.sendCommand(bytes);
}
