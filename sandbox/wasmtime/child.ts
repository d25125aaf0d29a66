/**
 * The disposable process that guests run in: one submission, then gone. It gets requests on standard input and
 * answers on standard output; guests have access to neither. `child.ts LIBRARY MODULE`
 */
import { readSync, writeSync } from "node:fs";
import { encodeFrame, FrameReader } from "../frame.ts";
import type { GuestRequest } from "./guest-run.ts";
import { createRunner } from "./runner.ts";

const MAX_REQUEST = 64 * 1024 * 1024;

const [libraryPath, modulePath] = process.argv.slice(2);
if (libraryPath === undefined || modulePath === undefined) process.exit(2);

function send(value: unknown): void {
  const frame = encodeFrame(value);
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at);
}

const runner = createRunner(libraryPath, modulePath);
send({ ready: true });
const frames = new FrameReader(MAX_REQUEST);
const chunk = Buffer.alloc(65_536);
for (let size = readSync(0, chunk); size > 0; size = readSync(0, chunk)) {
  for (const request of frames.push(Uint8Array.from(chunk.subarray(0, size)))) {
    send(runner.run(request as GuestRequest));
  }
}
process.exit(0);
