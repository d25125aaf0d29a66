import { expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { systemProgram } from "../hardening.ts";
import { closeQuietly, sendDescriptors, socketPair } from "./descriptors.ts";

const python = systemProgram("python3");
const linux = process.platform === "linux";

test.skipIf(!linux || python === null)(
  "hands several descriptors to another process, in order, beside one message each",
  async () => {
    const [ours, theirs] = socketPair("messages");
    const source = `
import os, socket
control = socket.socket(fileno=0)
while True:
    text, descriptors, flags, _ = socket.recv_fds(control, 100, 10)
    if not text:
        break
    for at, descriptor in enumerate(descriptors):
        os.write(descriptor, text + str(at).encode())
        os.close(descriptor)`;
    const child = Bun.spawn([python!, "-c", source], { stdio: [theirs, "ignore", "inherit"] });
    closeQuietly(theirs);
    for (const count of [1, 2, 9]) {
      const pairs = Array.from({ length: count }, () => socketPair("stream"));
      expect(
        sendDescriptors(
          ours,
          `to ${count}: `,
          pairs.map(([, given]) => given),
        ),
      ).toBe(true);
      for (const [, given] of pairs) closeQuietly(given);
      const said = await Promise.all(pairs.map(([kept]) => new Response(Bun.file(kept).stream()).text()));
      expect(said).toEqual(pairs.map((_, at) => `to ${count}: ${at}`));
    }
    closeQuietly(ours);
    expect(await child.exited).toBe(0);
  },
);

test.skipIf(!linux)("tells that nobody is there to take them, and does not wait for who takes none", () => {
  const [ours, theirs] = socketPair("messages");
  const [kept, given] = socketPair("stream");
  let sent = 0;
  while (sendDescriptors(ours, "x".repeat(1_000), [given])) sent++;
  expect(sent).toBeGreaterThan(1);
  closeQuietly(theirs);
  expect(sendDescriptors(ours, "x", [given])).toBe(false);
  for (const descriptor of [ours, kept, given]) closeQuietly(descriptor);
});

test.skipIf(!linux)("nothing that is started inherits an end", () => {
  const [ours, theirs] = socketPair("stream");
  const name = readlinkSync(`/proc/self/fd/${theirs}`);
  const { stdout } = Bun.spawnSync(["/bin/sh", "-c", "ls -l /proc/self/fd"]);
  expect(name).toStartWith("socket:");
  expect(stdout.toString()).toContain("->");
  expect(stdout.toString()).not.toContain(name);
  for (const descriptor of [ours, theirs]) closeQuietly(descriptor);
});
