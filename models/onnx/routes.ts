/** Ways to run a graph on this machine, best first. Each is tried by a self-test before it is used. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ChildConfig } from "./child/messages.ts";
import { ortLibrary } from "./library.ts";

export type Route = Pick<ChildConfig, "runtime" | "device">;

const CUDA_PROVIDER = "libonnxruntime_providers_cuda.so";
const VULKAN = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"].map(
  (folder) => join(folder, "libvulkan.so.1"),
);
const NVIDIA_DEVICE = "/dev/nvidia0";

/**
 * CUDA where its provider was installed beside the library, WebGPU where there is a Vulkan loader and an NVIDIA device, then
 * the CPU: by the C API on Linux, by N-API everywhere.
 */
export function routesHere(): Route[] {
  const linux = process.platform === "linux";
  const cuda = linux && hasCuda();
  const webgpu = linux && existsSync(NVIDIA_DEVICE) && VULKAN.some((path) => existsSync(path));
  return [
    ...(cuda ? [{ runtime: "n-api", device: "cuda" } as const] : []),
    ...(webgpu ? [{ runtime: "n-api", device: "webgpu" } as const] : []),
    ...(linux ? [{ runtime: "c-api", device: "cpu" } as const] : []),
    { runtime: "n-api", device: "cpu" },
  ];
}

function hasCuda(): boolean {
  try {
    return existsSync(NVIDIA_DEVICE) && existsSync(join(dirname(ortLibrary()), CUDA_PROVIDER));
  } catch {
    return false;
  }
}
