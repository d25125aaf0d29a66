/** A file of the Python package index by its digest, from wherever this machine gets its packages. */
import { Failure } from "../../protocol/failure.ts";
import type { Spawn } from "../ports/spawn.ts";
import { downloadFromIndex, type Fetch } from "./from-index.ts";
import { downloadWithPip } from "./from-pip.ts";
import type { WheelPin } from "./wheel-pin.ts";

export interface FetchWheelOptions {
  spawn: Spawn;
  /** A simple-API index with wheels, e.g. a mirror; then Python is not needed. */
  indexUrl?: string;
  fetch?: Fetch;
  /** What pip may see: its own settings, proxies, certificates. */
  pipEnv?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** Fraction of the download, 0 to 1. */
  onProgress?: (fraction: number) => void;
}

/**
 * The wheel's bytes, by the index that the operator names or else by pip. Throws `unavailable` with this hint when it cannot
 * be had, `corrupt` for another digest, `cancelled`.
 */
export async function fetchWheel(
  pin: WheelPin,
  hint: string,
  options: FetchWheelOptions,
): Promise<Uint8Array> {
  const wheel = await download(pin, hint, options);
  const digest = new Bun.CryptoHasher("sha256").update(wheel).digest("hex");
  if (digest === pin.wheelSha256) return wheel;
  throw new Failure("corrupt", "the downloaded wheel is not the pinned one", {
    meta: { wheel: pin.wheel, found: digest, expected: pin.wheelSha256 },
    hint: "Check the package index that is configured; nothing was installed.",
  });
}

async function download(pin: WheelPin, hint: string, options: FetchWheelOptions): Promise<Uint8Array> {
  const { indexUrl, fetch } = options;
  const reasons: string[] = [];
  const ways = [
    ...(indexUrl !== undefined && fetch !== undefined
      ? [() => downloadFromIndex(pin, { ...options, indexUrl, fetch })]
      : []),
    () => downloadWithPip(pin, options),
  ];
  for (const way of ways) {
    try {
      return await way();
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (failure.code === "cancelled") throw failure;
      reasons.push(failure.message);
    }
  }
  throw new Failure("unavailable", `the ${pin.project} wheel cannot be fetched`, {
    meta: { reasons: reasons.join("; ").slice(0, 900) },
    hint,
  });
}
