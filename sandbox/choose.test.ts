import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../protocol/failure.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { chooseBackend } from "./choose.ts";

test("refuses, with the reason and what to do, when no back end works; nothing less isolated is taken", async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), "orrery-choose-"));
  const nothing = async () => {
    throw new Failure("unavailable", "no such command");
  };
  const options = {
    clock: createSystemClock(),
    spawn: { run: nothing },
    cacheDir,
    root: true,
    docker: { socketPath: join(cacheDir, "no.sock") },
  };
  try {
    const failure = Failure.from(await chooseBackend(options).catch((error) => error));
    expect(failure).toMatchObject({ code: "unavailable", retryable: false });
    expect(failure.toLine()).toContain("wasmtime");
    expect(failure.toLine()).toContain("Docker");
    expect(failure.toLine()).toContain("isolate setup");
    expect(failure.toLine()).toContain("isolates cannot give up root here");
  } finally {
    await rm(cacheDir, { recursive: true });
  }
});

test("takes nothing else than the back end that was named", async () => {
  const asked: string[] = [];
  const options = {
    clock: createSystemClock(),
    spawn: { run: async () => Promise.reject(new Error("nothing is spawned for Docker")) },
    cacheDir: "",
    root: true,
    docker: { socketPath: "/nowhere/docker.sock" },
    onProgress: ({ label }: { label: string }) => asked.push(label),
  };
  const failure = Failure.from(
    await chooseBackend({ ...options, backend: "docker" }).catch((error) => error),
  );
  expect(failure).toMatchObject({ code: "unavailable", retryable: false });
  expect(failure.toLine()).toContain("Docker cannot be used");
  expect(failure.toLine()).not.toContain("wasmtime");
  expect(asked.join()).not.toContain("Wasmtime");
});

test("takes nothing else than Wasmtime for an engine that was given", async () => {
  using folder = tempFolder();
  const failure = Failure.from(
    await chooseBackend({
      clock: createSystemClock(),
      spawn: {
        run: async () => Promise.reject(new Error("nothing is spawned for an engine that is not there")),
      },
      cacheDir: folder.path,
      root: true,
      libraryPath: "/nowhere/libwasmtime.so",
    }).catch((error) => error),
  );
  expect(failure.toLine()).toContain("the given engine library does not exist");
  expect(failure.toLine()).not.toContain("Docker");
});

test("is cancelled where a back end fails because it was interrupted, and takes no other", async () => {
  using folder = tempFolder();
  const abort = new AbortController();
  const asked: string[] = [];
  const failure = Failure.from(
    await chooseBackend({
      clock: createSystemClock(),
      spawn: {
        run: async () => {
          abort.abort();
          throw new Error("killed in the middle");
        },
      },
      cacheDir: folder.path,
      root: true,
      signal: abort.signal,
      onProgress: ({ label }) => asked.push(label),
    }).catch((error) => error),
  );
  expect(failure).toMatchObject({ code: "cancelled" });
  expect(asked.join()).not.toContain("Docker");
});
