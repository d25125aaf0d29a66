/** What an action of `bun run models` is about. */
import { Failure } from "../../protocol/failure.ts";

/** The only operand. Fails with `config` when there is none, or more. */
export function operand(given: readonly string[], what: string): string {
  const [only, ...more] = given;
  if (only !== undefined && only !== "" && more.length === 0) return only;
  throw new Failure("config", `give one ${what}`, { hint: "bun run models --help shows how." });
}
