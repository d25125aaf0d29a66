/** Text over a websocket, as a client: the port that a chain's node is reached by. */

export interface SocketEvents {
  opened(): void;
  /** A text frame; anything else ends the socket. */
  text(frame: string): void;
  /** Once, whatever the cause; also when it never opened. */
  closed(reason: string): void;
}

export interface Socket {
  send(frame: string): void;
  /** Ends it at once, without waiting for a peer that may be dead. */
  terminate(): void;
}

/** Begins to connect; what becomes of it is told by the events. Fails with `config` for an address that is none. */
export type Dial = (url: string, events: SocketEvents) => Socket;

export const createDial = (): Dial => (url, events) => {
  // Bun's sockets can be ended at once, which the standard's cannot.
  const socket = new WebSocket(url) as WebSocket & { terminate(): void };
  let over = false;
  const end = (reason: string) => {
    if (over) return;
    over = true;
    // A closing handshake would wait for the peer; nothing is waited for here.
    socket.terminate();
    events.closed(reason);
  };
  socket.onopen = () => {
    if (!over) events.opened();
  };
  socket.onmessage = ({ data }) => {
    if (over) return;
    if (typeof data === "string") events.text(data);
    else end("a frame that is no text");
  };
  socket.onerror = (event) =>
    end("message" in event && event.message !== "" ? withoutAddress(`${event.message}`) : "it broke");
  socket.onclose = ({ code, reason }) => end(reason === "" ? `closed with ${code}` : reason.slice(0, 200));
  return {
    send: (frame) => {
      if (!over) socket.send(frame);
    },
    terminate: () => end("ended here"),
  };
};

/** An address may hold a key, and the host's messages repeat it. */
const withoutAddress = (message: string): string => message.replace(/wss?:\/\/[^\s'"]*/g, "it").slice(0, 200);
