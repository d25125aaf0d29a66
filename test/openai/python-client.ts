/** Runs the conformance file of the Python client; one line for each check. */
import { join } from "node:path";
import { pythonWith } from "../provision/python.ts";
import { KEY } from "./front-world.ts";

export interface Abilities {
  embed: boolean;
  /** It does nothing else. */
  embedsOnly: boolean;
  /** Its vectors may be shorter. */
  shortens: boolean;
  /** Of one request for embeddings, more than one message of vectors holds. */
  manyInputs: number;
  tools: boolean;
  /** It tells how probable a given text is. */
  score: boolean;
  /** Words that no context of the model can hold. */
  tooManyWords: number;
}

export interface Check {
  check: string;
  ok: boolean;
  error?: string;
}

export async function pythonConformance(url: string, model: string, can: Abilities): Promise<Check[]> {
  const python = await pythonWith("openai");
  const script = join(import.meta.dir, "conformance.py");
  const child = Bun.spawn([python.path ?? "", script, url, KEY, model, JSON.stringify(can)], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, said] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(said.slice(-2_000));
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Check);
}
