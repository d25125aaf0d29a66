/** A request that takes long, as its asker's absence concerns it: nobody reads a model's two million tokens for the dead. */
import { bundlePlace } from "../../protocol/bundle.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Followed, RemoteReader } from "./remote-readers.ts";
import type { ServedCall } from "./served-call.ts";
import type { Wire } from "./wire.ts";

/** Beside every answer that an asker waits for (`replies.ts` counts from 1): what comes there is not looked at. */
const BESIDE = "0";

export class RemoteAsker implements Followed {
  readonly id: string;
  readonly reply: string;
  readonly #wire: Wire;
  readonly #endpoint: Endpoint;
  readonly #call: ServedCall;
  readonly #reader: RemoteReader | undefined;

  constructor(wire: Wire, endpoint: Endpoint, call: ServedCall, reply: string) {
    this.#wire = wire;
    this.#endpoint = endpoint;
    this.#call = call;
    this.id = wire.secretId();
    const { place, token } = bundlePlace(reply);
    this.reply = `${place}.${BESIDE}`;
    // An asker of another make may listen for its one answer and to nothing beside it.
    this.#reader = token === undefined ? undefined : wire.remoteReaders.follow(this);
  }

  beat(): void {
    if (this.#reader !== undefined) this.ask(this.#reader.receipt(this, "open"));
  }

  ask(receipt: string): void {
    const frame = { id: this.id, seq: 0 };
    const message = this.#wire.encodeAnswer("open", this.#endpoint, this.#call.envelope, undefined, frame);
    this.#wire.send(this.reply, message, { reply: receipt });
  }

  onReaderGone(): void {
    this.#call.context.stop(new Failure("unavailable", "whoever asked is gone"));
  }

  close(): void {
    this.#wire.remoteReaders.forget(this);
  }
}
