/** Where an API key is: a variable of the environment, or a file. The key itself is in no configuration, and in no message. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";

export const apiKeyFields = {
  keyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)
    .optional(),
  keyFile: z.string().max(4_096).optional(),
};

/** Undefined where none is named. Fails with `config`; `path` is the file that names it. */
export async function readApiKey(
  path: string,
  { keyEnv, keyFile }: { keyEnv?: string | undefined; keyFile?: string | undefined },
): Promise<string | undefined> {
  if (keyEnv !== undefined) {
    const key = process.env[keyEnv];
    if (key !== undefined && key !== "") return key;
    throw new Failure("config", `${path} takes its API key from ${keyEnv}, which is not set`, {
      hint: `export ${keyEnv}=…, or name a keyFile.`,
    });
  }
  if (keyFile === undefined) return undefined;
  try {
    return (await readFile(keyFile, "utf8")).trim();
  } catch (cause) {
    throw new Failure("config", `the API key of ${path} cannot be read from ${keyFile}`, { cause });
  }
}
