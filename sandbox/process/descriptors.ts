/** Socket pairs, and handing ends of them to another process: what a fork server needs and Bun has no function for. */

import { dlopen, ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { Failure } from "../../protocol/failure.ts";

// <sys/socket.h>, the same on all machines that Bun runs on under Linux.
const AF_UNIX = 1;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const CLOSE_ON_EXEC = 0o2000000;
const TYPES = { stream: 1, messages: 5 };
/** Sizes of `struct msghdr`, `iovec` and `cmsghdr` with 64-bit pointers. */
const MESSAGE_HEADER = 56;
const VECTOR = 16;
const CONTROL_HEADER = 16;
const LIBRARIES = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

const DECLARED = {
  socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  sendmsg: { args: ["i32", "ptr", "i32"], returns: "i64" },
} as const;
let opened: ReturnType<typeof open> | undefined;

function open() {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, DECLARED).symbols;
    } catch {
      // The other one, then.
    }
  }
  throw new Failure("unavailable", "the system's C library cannot be opened", { retryable: false });
}

/** Both ends of a new socket pair, which no process that is started inherits. Throws `unavailable` when there are too many. */
export function socketPair(type: keyof typeof TYPES): [ours: number, theirs: number] {
  opened ??= open();
  const ends = new Int32Array(2);
  if (opened.socketpair(AF_UNIX, TYPES[type] | CLOSE_ON_EXEC, 0, ptr(ends)) !== 0) {
    throw new Failure("unavailable", "no more sockets can be opened", {
      hint: "Raise the limit of open files (ulimit -n).",
    });
  }
  return [ends[0]!, ends[1]!];
}

/** Sends one message with copies of these descriptors; false when the other process is gone or does not keep up. */
export function sendDescriptors(socket: number, text: string, descriptors: readonly number[]): boolean {
  opened ??= open();
  const body = Buffer.from(text);
  const control = new DataView(new ArrayBuffer(CONTROL_HEADER + Math.ceil(descriptors.length / 2) * 8));
  const length = CONTROL_HEADER + descriptors.length * 4;
  control.setBigUint64(0, BigInt(length), true);
  control.setInt32(8, SOL_SOCKET, true);
  control.setInt32(12, SCM_RIGHTS, true);
  for (const [at, descriptor] of descriptors.entries()) {
    control.setInt32(CONTROL_HEADER + at * 4, descriptor, true);
  }
  const vector = new BigUint64Array(VECTOR / 8);
  vector.set([BigInt(ptr(body)), BigInt(body.length)]);
  const header = new BigUint64Array(MESSAGE_HEADER / 8);
  header.set([0n, 0n, BigInt(ptr(vector)), 1n, BigInt(ptr(control.buffer)), BigInt(length), 0n]);
  return Number(opened.sendmsg(socket, ptr(header), MSG_DONTWAIT | MSG_NOSIGNAL)) === body.length;
}

export function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Whoever had it has closed it.
  }
}
