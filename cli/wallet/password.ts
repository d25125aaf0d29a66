/** Where a wallet's password comes from: a file, the environment, or a person. Never from the command line. */
import { readFile, stat } from "node:fs/promises";
import type { KeyfileOrigin } from "../../chain/keys/keyfile.ts";
import { Secret } from "../../chain/keys/secret.ts";
import { Failure } from "../../protocol/failure.ts";
import { askHidden, canAsk } from "../terminal/ask-hidden.ts";

export interface PasswordSources {
  file: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

const MIN_NEW = 8;
const MAX_FILE_BYTES = 4_096;

/** The password of a file that exists. */
export async function existingPassword(
  sources: PasswordSources,
  { kind, path }: KeyfileOrigin,
): Promise<Secret> {
  return (await given(sources)) ?? usable((await asked(`Password of the ${kind} ${path}: `))[0] ?? "");
}

/** The password of a file to be written: typed twice, or given; of at least 8 characters. */
export async function newPassword(sources: PasswordSources): Promise<Secret> {
  const known = await given(sources);
  if (known !== undefined) return longEnough(known);
  const [first = "", second = ""] = await asked("New password of the coldkey: ", "The same again: ");
  if (first !== second)
    throw new Failure("config", "The two passwords differ", { hint: "Nothing was written. Try again." });
  return longEnough(usable(first));
}

async function given({ file, env }: PasswordSources): Promise<Secret | undefined> {
  if (file !== undefined) return usable(await firstLine(file));
  const [password, passwordFile] = [env.BT_WALLET_PASSWORD, env.BT_WALLET_PASSWORD_FILE];
  if (password) return usable(password);
  return passwordFile ? usable(await firstLine(passwordFile)) : undefined;
}

async function asked(...prompts: string[]): Promise<string[]> {
  if (canAsk()) return askHidden(...prompts);
  throw new Failure("config", "A password is needed, and there is no terminal to ask for it", {
    hint: "Give it with --password-file FILE or in BT_WALLET_PASSWORD.",
  });
}

async function firstLine(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_FILE_BYTES) return (await readFile(path, "utf8")).split("\n", 1)[0] ?? "";
  } catch (thrown) {
    throw unreadable(path, `cannot be read: ${(thrown as NodeJS.ErrnoException).code}`);
  }
  throw unreadable(path, `is larger than ${MAX_FILE_BYTES} bytes`);
}

/** Blanks around it are dropped, as the Python clients do. */
function usable(text: string): Secret {
  const password = text.trim();
  if (password !== "") return new Secret(password);
  throw new Failure("config", "The password is empty", {
    hint: "For a coldkey without encryption, say so: --plain.",
  });
}

function longEnough(password: Secret): Secret {
  if (password.reveal().length >= MIN_NEW) return password;
  throw new Failure("config", `The password has fewer than ${MIN_NEW} characters`, {
    hint: "Take a longer one.",
  });
}

const unreadable = (path: string, what: string): Failure =>
  new Failure("config", `The password file ${what}`, {
    meta: { path: path.slice(0, 256) },
    hint: "It holds the password in its first line.",
  });
