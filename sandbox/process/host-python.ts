/** The host's own Python as a guest: which one, what it needs to see, how it is started. */
import { Failure } from "../../protocol/failure.ts";
import type { Spawn } from "../../runtime/ports/spawn.ts";
import { HARNESS_URL } from "../python/program.ts";
import { devices, readOnly, systemLibraries } from "../view.ts";

export interface HostPython {
  /** Path of the interpreter itself, not of a link to it. */
  readonly path: string;
  readonly version: string;
  /** SHA-256 of the interpreter and of our part of the program. */
  readonly digest: string;
  /** Arguments of bubblewrap that show it what it needs. */
  readonly files: readonly string[];
  /** The command of a process that isolates are forked from. */
  readonly server: readonly string[];
}

const MINIMUM = [3, 11];
const ASK =
  "import importlib.util, json, os, sys; print(json.dumps([os.path.realpath(sys.executable), sys.base_prefix, sys.version_info[:3], importlib.util.find_spec('_ctypes') is not None]))";
/** No site packages, no user folder, no byte code. The environment is ours, so -I, which ignores the hash seed, is not needed. */
const FLAGS = ["-S", "-s", "-B", "-P", "-X", "frozen_modules=on"];
/** Inputs come on standard input, where a program's own follows its setup; results go to 3, tool calls to 4. */
const CHANNELS = ["0", "3", "4"];
const SERVER_URL = new URL("./fork-server.py", import.meta.url);

/**
 * Asks a Python that strangers' uids can read what it is. Throws `unavailable` when there is none, or only an old one.
 * `privileges` is the command in front of it that gives up root.
 */
export async function findPython(options: {
  spawn: Spawn;
  python: string | null;
  privileges: readonly string[];
  signal?: AbortSignal | undefined;
}): Promise<HostPython> {
  const { spawn, python, privileges, signal } = options;
  const hint =
    "Install Python 3.11 or later where every user can read it, for example with the system's packages.";
  if (python === null)
    throw new Failure("unavailable", "there is no python3 here", { hint, retryable: false });
  const asked = await spawn.run({
    command: [...privileges, python, "-I", "-S", "-c", ASK],
    cwd: "/",
    ...(signal === undefined ? {} : { signal }),
  });
  if (asked.exitCode !== 0) {
    throw new Failure("unavailable", `${python} cannot be run without privileges`, {
      meta: { stderr: new TextDecoder().decode(asked.stderr).trim().slice(-300) },
      hint,
      retryable: false,
    });
  }
  const [path, prefix, numbers, ctypes] = JSON.parse(new TextDecoder().decode(asked.stdout)) as [
    string,
    string,
    number[],
    boolean,
  ];
  const version = numbers.join(".");
  const [major = 0, minor = 0] = numbers;
  if (major !== MINIMUM[0] || minor < MINIMUM[1]!) {
    throw new Failure("unavailable", `${path} is Python ${version}`, { hint, retryable: false });
  }
  if (!ctypes) {
    throw new Failure(
      "unavailable",
      `${path} has no ctypes, which isolates are put behind their layers with`,
      {
        hint: "Install Python in full, for example with the system's packages: python3-minimal is too little.",
        retryable: false,
      },
    );
  }
  const [server, harness] = await Promise.all([Bun.file(SERVER_URL).text(), Bun.file(HARNESS_URL).text()]);
  const hasher = new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes());
  const digest = hasher.update(server + harness).digest("hex");
  return {
    path,
    version,
    digest,
    files: [
      ...systemLibraries(),
      ...(prefix === "/usr" || prefix === "/usr/local" ? [] : readOnly(prefix)),
      ...readOnly(path),
      ...devices(),
    ],
    server: [path, ...FLAGS, "-c", server, harness, ...CHANNELS],
  };
}
