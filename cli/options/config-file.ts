/** Reads a config file: TOML, YAML or JSON by its ending. */
import { statSync } from "node:fs";
import { Failure } from "../../protocol/failure.ts";

const MAX_BYTES = 1024 * 1024;

export async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const file = Bun.file(path);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Failure("config", `config file ${path} is a folder`, { hint: "Name a file in it." });
  }
  if (!(await file.exists())) {
    throw new Failure("config", `config file ${path} does not exist`, { hint: "Check the path." });
  }
  if (file.size > MAX_BYTES)
    throw new Failure("config", `config file ${path} is larger than ${MAX_BYTES} bytes`, {
      hint: "Check that it is the right file.",
    });
  const text = await file.text();
  try {
    const value: unknown = path.endsWith(".toml")
      ? Bun.TOML.parse(text)
      : /\.ya?ml$/.test(path)
        ? Bun.YAML.parse(text)
        : JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Failure("config", `config file ${path} cannot be read: ${message}`, {
      hint: "It is TOML, YAML or JSON, as its ending says.",
      cause,
    });
  }
  throw new Failure("config", `config file ${path} must hold one table of options`, {
    hint: "Write one option per line, by its name.",
  });
}
