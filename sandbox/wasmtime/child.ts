/**
 * The disposable process that guests run in: one submission, then gone. It gets requests on standard input and
 * answers on standard output; guests have access to neither. `child.ts LIBRARY MODULE`
 */
import { readSync, writeSync } from "node:fs";
import { encodeFrame, FrameReader } from "../frame.ts";
import type { GuestRequest, ParentToolAnswer } from "./guest-run.ts";
import { createRunner } from "./runner.ts";

const MAX_REQUEST = 64 * 1024 * 1024;

const [libraryPath, modulePath] = process.argv.slice(2);
if (libraryPath === undefined || modulePath === undefined) process.exit(2);

function send(value: unknown): void {
  const frame = encodeFrame(value);
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at);
}

const frames = new FrameReader(MAX_REQUEST);
const chunk = Buffer.alloc(65_536);
const waiting: unknown[] = [];

/** What the parent says next; its end is the end of everything. */
function receive(): unknown {
  while (waiting.length === 0) {
    const size = readSync(0, chunk);
    if (size === 0) process.exit(0);
    waiting.push(...frames.push(Uint8Array.from(chunk.subarray(0, size))));
  }
  return waiting.shift();
}

const runner = createRunner(libraryPath, modulePath, (tool) => {
  send({ tool });
  return (receive() as ParentToolAnswer).answer;
});
send({ ready: true });
for (;;) send(runner.run(receive() as GuestRequest));
