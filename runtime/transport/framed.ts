/** A message in two parts: its header line, and bytes that stay where they are until they are sent. */
export interface Framed {
  /** ASCII, its line break included. */
  readonly header: string;
  readonly body: Uint8Array;
}

/** Both parts as one. */
export function framedBytes({ header, body }: Framed): Uint8Array {
  // Not zeroed first: every byte is written. Not from the pool: the bytes live on in the transport.
  const message = Buffer.allocUnsafeSlow(header.length + body.length);
  message.write(header, "latin1");
  message.set(body, header.length);
  return message;
}
