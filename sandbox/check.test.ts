import { expect, test } from "bun:test";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { sandboxFacts } from "./check.ts";
import type { IsolateLayer } from "./isolate.ts";
import { createScriptedBackend } from "./scripted.ts";

const backend = createScriptedBackend({ clock: createSystemClock(), script: () => ({ outcome: "ok" }) });
const layers: IsolateLayer[] = [
  { name: "uid-drop", active: false, needed: false, detail: "not root" },
  { name: "no-new-privileges", active: true, detail: "setpriv" },
  { name: "namespaces", active: false, detail: "no bubblewrap" },
];

test("names each layer that is missing and needed, and how to get it", async () => {
  const facts = await sandboxFacts({ ...backend, layers: () => layers });
  expect(facts.map(({ name, state }) => [name, state])).toEqual([
    ["isolates (scripted)", "ok"],
    ["uid-drop", "ok"],
    ["no-new-privileges", "ok"],
    ["namespaces", "weak"],
  ]);
  expect(facts.at(-1)?.hint).toStartWith("Install bubblewrap");
});

test("says why a back end is not ready, and nothing of layers then", async () => {
  const missing = {
    ...backend,
    layers: () => layers,
    check: async () => ({ ok: false as const, reason: "no engine", hint: "Fetch it." }),
  };
  expect(await sandboxFacts(missing)).toEqual([
    { name: "isolates (scripted)", state: "missing", detail: "no engine", hint: "Fetch it." },
  ]);
});
