/** Facts about isolates for `doctor`: does the back end work, and which layers stand around an isolate here. */
import type { IsolateBackend, IsolateLayer } from "./isolate.ts";

export interface SandboxFact {
  readonly name: string;
  /** `weak` works, but a layer that this machine could have is missing. */
  readonly state: "ok" | "weak" | "missing";
  readonly detail: string;
  readonly hint?: string;
}

const HINTS: Readonly<Partial<Record<IsolateLayer["name"], string>>> = {
  "no-new-privileges": "Install util-linux (setpriv).",
  namespaces: "Install bubblewrap, or allow user namespaces.",
  "system-calls": "Install bubblewrap.",
  "control-groups":
    "Start the node as root, or where it may make control groups (systemd: Delegate=yes and DelegateSubgroup=node).",
};

/** One fact for the back end and one for each layer. Never throws. */
export async function sandboxFacts(backend: IsolateBackend): Promise<SandboxFact[]> {
  const check = await backend.check();
  const name = `isolates (${backend.name})`;
  if (!check.ok) return [{ name, state: "missing", detail: check.reason, hint: check.hint }];
  const layers = backend.layers?.() ?? [];
  return [
    { name, state: "ok", detail: check.detail },
    ...layers.map(({ name, active, detail, needed = true }): SandboxFact => {
      const hint = HINTS[name];
      if (active || !needed) return { name, state: "ok", detail };
      return { name, state: "weak", detail, ...(hint === undefined ? {} : { hint }) };
    }),
  ];
}
