/** The work that all back ends are measured with, as a submission and as a program. */
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";

const SOURCE = "import json\ndef solve(x):\n    return json.loads(json.dumps({'sum': sum(range(x))}))\n";

/** Does the work of one case as a program of its own. */
export const NATIVE = `${SOURCE}print(json.dumps(solve(1000)))`;

/** A submission of so many cases. */
export const request = (cases: number, changes: Partial<IsolateRequest> = {}): IsolateRequest => ({
  runtime: "python",
  files: { "main.py": SOURCE },
  entry: "main.py",
  cases: Array.from({ length: cases }, () => 1_000),
  limits: DEFAULT_LIMITS,
  seed: 1,
  ...changes,
});
