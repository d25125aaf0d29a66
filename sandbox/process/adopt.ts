import { Failure } from "../../protocol/failure.ts";

/** Takes over one end of a socket pair by its descriptor, which is closed with the socket. Opened before it returns. */
export function adopt(descriptor: number, socket: Bun.SocketHandler<undefined>): Bun.Socket<undefined> {
  let opened: Bun.Socket<undefined> | undefined;
  const open = (fresh: Bun.Socket<undefined>) => {
    opened = fresh;
  };
  // Bun takes a descriptor here as it does for servers, and its types tell only of those.
  const connect = Bun.connect as unknown as (options: Bun.FdSocketOptions<undefined>) => Promise<unknown>;
  connect({ fd: descriptor, socket: { ...socket, open } }).catch(() => {}); // told by `error` and `close`
  if (opened === undefined) throw new Failure("unavailable", "a socket cannot be taken over");
  return opened;
}
