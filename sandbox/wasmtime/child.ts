/**
 * The disposable process that guests run in: one submission, then gone. It gets requests on standard input and
 * answers on standard output; guests have access to neither. `child.ts LIBRARY KIND MODULE`; the kind
 * `compile` takes no path: the module's bytes are the first frame that comes.
 */
import { readSync, writeSync } from "node:fs";
import { encodeFrame, FrameReader } from "../frame.ts";
import { compile } from "./compile.ts";
import type { CompileReport, GuestRequest, NextInput, ParentToolAnswer } from "./guest-run.ts";
import { createRunner } from "./runner.ts";
import { guardMemory } from "./watchdog.ts";

const MAX_REQUEST = 64 * 1024 * 1024;
/** Twice what the largest modules within the bounds were seen to need. */
const MAX_COMPILE_MEMORY = 1024 * 1024 * 1024;

const [libraryPath, kind, modulePath] = process.argv.slice(2);
if (libraryPath === undefined || kind === undefined) process.exit(2);

function send(value: unknown): void {
  const frame = encodeFrame(value);
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at);
}

const frames = new FrameReader(MAX_REQUEST);
const chunk = Buffer.alloc(65_536);
const waiting: Buffer[] = [];

/** What the parent says next; its end is the end of everything. */
function receiveBytes(): Buffer {
  while (waiting.length === 0) {
    const size = readSync(0, chunk);
    if (size === 0) process.exit(0);
    waiting.push(...frames.pushBytes(Uint8Array.from(chunk.subarray(0, size))));
  }
  return waiting.shift()!;
}
const receive = (): unknown => JSON.parse(receiveBytes().toString());

if (kind === "compile") {
  send({ ready: true });
  guardMemory(MAX_COMPILE_MEMORY);
  const compiled = compile(libraryPath, receiveBytes());
  const said: CompileReport =
    typeof compiled === "string" ? { refused: compiled } : { code: Buffer.from(compiled).toString("base64") };
  send(said);
  process.exit(0);
}

if (modulePath === undefined) process.exit(2);
const runner = createRunner({ libraryPath, modulePath, quickJs: kind === "javascript" });
send({ ready: true });
const outside = {
  answerTool: (tool: string): string => {
    send({ tool });
    return (receive() as ParentToolAnswer).answer;
  },
  loop: { answered: send, next: (): string => (receive() as NextInput).input },
};
for (;;) send(runner.run(receive() as GuestRequest, outside));
