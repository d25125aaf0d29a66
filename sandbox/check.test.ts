import { expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import type { Spawn } from "../runtime/ports/spawn.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { sandboxFacts } from "./check.ts";
import { createScriptedBackend } from "./scripted.ts";

const bare: Spawn = {
  run: async () => {
    throw new Failure("unavailable", "no such command");
  },
};
const backend = createScriptedBackend({ clock: createSystemClock(), script: () => ({ outcome: "ok" }) });

test("names each layer that is missing and how to get it", async () => {
  const facts = await sandboxFacts(backend, { spawn: bare, root: false });
  expect(facts.map(({ name, state }) => [name, state])).toEqual([
    ["isolates (scripted)", "ok"],
    ["uid-drop", "ok"],
    ["no-new-privileges", "weak"],
    ["rlimits", "weak"],
    ["namespaces", "weak"],
  ]);
  expect(facts.filter(({ state }) => state === "weak").every(({ hint }) => hint?.startsWith("Install"))).toBe(
    true,
  );
});

test("reports root without a uid drop instead of throwing it", async () => {
  const facts = await sandboxFacts(backend, { spawn: bare, root: true });
  expect(facts.at(-1)).toMatchObject({ name: "hardening", state: "missing" });
});

test("says why a back end is not ready", async () => {
  const missing = {
    ...backend,
    check: async () => ({ ok: false as const, reason: "no engine", hint: "Fetch it." }),
  };
  const [first] = await sandboxFacts(missing, { spawn: bare, root: false });
  expect(first).toEqual({
    name: "isolates (scripted)",
    state: "missing",
    detail: "no engine",
    hint: "Fetch it.",
  });
});
