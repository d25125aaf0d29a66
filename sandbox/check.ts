/** Facts about isolates for `doctor`: does the back end work, and which layers stand around an isolate here. */
import { Failure } from "../protocol/failure.ts";
import { detectHardening, type HardeningOptions } from "./hardening.ts";
import type { IsolateBackend } from "./isolate.ts";

export interface SandboxFact {
  readonly name: string;
  /** `weak` works, but a layer that this machine could have is missing. */
  readonly state: "ok" | "weak" | "missing";
  readonly detail: string;
  readonly hint?: string;
}

const HINTS: Readonly<Record<string, string>> = {
  "no-new-privileges": "Install util-linux (setpriv).",
  rlimits: "Install util-linux (prlimit).",
  namespaces: "Install bubblewrap, or allow user namespaces.",
};

/** One fact for the back end and one for each layer. Never throws. */
export async function sandboxFacts(
  backend: IsolateBackend,
  options: HardeningOptions,
): Promise<SandboxFact[]> {
  const check = await backend.check();
  const first: SandboxFact = check.ok
    ? { name: `isolates (${backend.name})`, state: "ok", detail: check.detail }
    : { name: `isolates (${backend.name})`, state: "missing", detail: check.reason, hint: check.hint };
  if (backend.name === "docker") return [first]; // its layers are the engine's, and were asked for by the check
  try {
    const { layers } = await detectHardening(options);
    return [
      first,
      ...layers.map(({ name, active, detail }): SandboxFact => {
        const needed = name !== "uid-drop" || options.root;
        const hint = HINTS[name];
        if (active || !needed) return { name, state: "ok", detail };
        return { name, state: "weak", detail, ...(hint === undefined ? {} : { hint }) };
      }),
    ];
  } catch (thrown) {
    const failure = Failure.from(thrown);
    const fact: SandboxFact = { name: "hardening", state: "missing", detail: failure.message };
    return [first, failure.hint === undefined ? fact : { ...fact, hint: failure.hint }];
  }
}
