/** What a miner node hands in and answers with, from files its operator names. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Answerer } from "../../actors/miner/miner.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Program } from "../../protocol/submission.ts";

const RUNTIMES = { py: "python", js: "javascript" } as const;

/** Reads the file at every request: saving it is all it takes to improve. */
export function programFromFile(path: string, option = "--submission"): (kind: string) => Promise<Program> {
  const ending = path.split(".").at(-1) ?? "";
  const runtime = RUNTIMES[ending as keyof typeof RUNTIMES];
  if (runtime === undefined) {
    throw new Failure("config", `${option} ${path} must be a .py or .js file`);
  }
  if (!existsSync(path)) throw new Failure("config", `${option} ${path} does not exist`);
  const entry = basename(path);
  return async () => ({ runtime, entry, files: { [entry]: await Bun.file(path).text() } });
}

/** `MODULE[#EXPORT]`: an async generator function as `Answerer` describes it. */
export async function loadAnswerer(reference: string, option = "--answers"): Promise<Answerer> {
  const [path = "", name = "answer"] = reference.split("#");
  if (!existsSync(path)) throw new Failure("config", `${option} ${path} does not exist`);
  const module: Record<string, unknown> = await import(pathToFileURL(resolve(path)).href);
  const found = module[name];
  if (typeof found === "function") return found as Answerer;
  throw new Failure("config", `${path} exports no function ${name}`, {
    hint: `It exports ${Object.keys(module).join(", ") || "nothing"}.`,
  });
}
