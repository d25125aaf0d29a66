/** Ways to run a graph on this machine, best first. Each is tried by a self-test before it is used. */
import { existsSync } from "node:fs";
import type { ChildConfig } from "./child/messages.ts";

export type Route = Pick<ChildConfig, "runtime" | "device">;
export type Device = ChildConfig["device"];

const NVIDIA_DEVICE = "/dev/nvidia0";

/**
 * The CPU by the C API on Linux, by N-API everywhere. A GPU comes first where it is asked for, and only there: by the public
 * API, which is the only way to it here, the cache crosses the bus at every step.
 */
export function routesTo(device: Device): Route[] {
  return [
    ...(device === "cpu" ? [] : [{ runtime: "n-api", device } as const]),
    ...(process.platform === "linux" ? [{ runtime: "c-api", device: "cpu" } as const] : []),
    { runtime: "n-api", device: "cpu" },
  ];
}

/** What to say at start where a GPU is there and not asked for. */
export const unusedGpu = (device: Device): string | undefined =>
  device === "cpu" && existsSync(NVIDIA_DEVICE)
    ? "there is an NVIDIA GPU here, which embedded models leave alone: serve large ones by vLLM or SGLang, see docs/models.md"
    : undefined;
