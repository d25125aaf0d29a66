import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../protocol/failure.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { chooseBackend } from "./choose.ts";

test("refuses, with the reason and what to do, when no back end works; nothing less isolated is taken", async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), "orrery-choose-"));
  const nothing = async () => {
    throw new Failure("unavailable", "no such command");
  };
  const options = { clock: createSystemClock(), spawn: { run: nothing }, cacheDir, root: true };
  try {
    const failure = Failure.from(await chooseBackend(options).catch((error) => error));
    expect(failure).toMatchObject({ code: "unavailable", retryable: false });
    expect(failure.toLine()).toContain("wasmtime");
    expect(failure.toLine()).toContain("isolate setup");
  } finally {
    await rm(cacheDir, { recursive: true });
  }
});

test("says that Docker is not offered instead of taking something else", async () => {
  const options = {
    clock: createSystemClock(),
    spawn: { run: async () => Promise.reject() },
    cacheDir: "",
    root: true,
  };
  const failure = Failure.from(
    await chooseBackend({ ...options, backend: "docker" }).catch((error) => error),
  );
  expect(failure.code).toBe("config");
});
