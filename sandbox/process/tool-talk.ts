/** The host's end of the socket pair that a case calls tools on: sixteen digits of length and a text, both ways. */
import { MAX_TOOL_REQUEST, type ToolSession } from "../tool-channel.ts";
import { adopt } from "./adopt.ts";

const LENGTH = 16;
const EMPTY = Buffer.alloc(0);

export interface ToolTalk {
  /** Lets go of the socket, and tells the session that nobody waits any more. Safe to call twice. */
  end(): void;
}

/** Answers calls one after the other; a guest that asks otherwise is refused, a session that cannot go on is broken. */
export function talkAboutTools(options: {
  descriptor: number;
  tools: ToolSession;
  onRefused(): void;
  onBroken(cause: unknown): void;
}): ToolTalk {
  const { descriptor, tools, onRefused, onBroken } = options;
  const over = new AbortController();
  let asked: Buffer = EMPTY;
  let answering: Buffer = EMPTY;
  let waiting = false;

  const write = (socket: Bun.Socket<undefined>): void => {
    if (answering.length > 0) answering = answering.subarray(socket.write(answering));
  };
  const call = async (socket: Bun.Socket<undefined>, text: string): Promise<void> => {
    try {
      const answer = Buffer.from(await tools.call(text, { signal: over.signal }), "latin1");
      if (over.signal.aborted) return;
      waiting = false;
      answering = Buffer.concat([Buffer.from(String(answer.length).padStart(LENGTH, "0")), answer]);
      write(socket);
    } catch (thrown) {
      if (!over.signal.aborted) onBroken(thrown);
    }
  };
  const socket = adopt(descriptor, {
    drain: write,
    data(socket, chunk) {
      if (over.signal.aborted) return;
      asked = Buffer.concat([asked, chunk]);
      const length = asked.toString("latin1", 0, LENGTH);
      const size = /^\d+$/.test(length) ? Number(length) : Number.POSITIVE_INFINITY;
      const usual = size <= MAX_TOOL_REQUEST && asked.length <= LENGTH + size;
      if (waiting || answering.length > 0 || (asked.length >= LENGTH && !usual)) return onRefused();
      if (asked.length < LENGTH + size) return;
      const text = asked.toString("latin1", LENGTH);
      [asked, waiting] = [EMPTY, true];
      void call(socket, text);
    },
    close() {},
    error() {},
  });
  return {
    end() {
      over.abort();
      socket.terminate();
    },
  };
}
