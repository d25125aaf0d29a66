/** Which file of which wheel is the engine on each platform, and the digests that make it that file and no other. */
import { WASMTIME_VERSION } from "./engine.ts";

export interface EnginePin {
  readonly wheel: string;
  readonly wheelSha256: string;
  /** The library's place inside the wheel. */
  readonly member: string;
  readonly librarySha256: string;
  /** The wheel's platform tag, for pip. */
  readonly tag: string;
}

const pin = (tag: string, member: string, wheelSha256: string, librarySha256: string): EnginePin => ({
  wheel: `wasmtime-${WASMTIME_VERSION}-py3-none-${tag}.whl`,
  wheelSha256,
  member: `wasmtime/${member}`,
  librarySha256,
  tag,
});

/** By `process.platform`-`process.arch`. Linux means glibc 2.28 or later. */
export const ENGINE_PINS: Readonly<Record<string, EnginePin>> = {
  "linux-x64": pin(
    "manylinux1_x86_64",
    "linux-x86_64/_libwasmtime.so",
    "cc14c3a17654e0394e0225b11813532ef0cd7bd1e222a0c5494cdedaabeddac4",
    "3127ca42fe7cdd3f0a43a358e79177dcfedd46c1746329826403b9d854de6178",
  ),
  "linux-arm64": pin(
    "manylinux2014_aarch64",
    "linux-aarch64/_libwasmtime.so",
    "675484e525c028dc02762b777f1db4477ea70caa3fec6775426daff4d64edfb1",
    "4777b787fcc6651c98130ccc7c8ce9160faba5f3b34918886785a43094026fc9",
  ),
  "darwin-arm64": pin(
    "macosx_11_0_arm64",
    "darwin-aarch64/_libwasmtime.dylib",
    "ff4fc58ed3cbdb919d056accd4d280be13962a542754aaefd8a9b4654efa9bd9",
    "a69fa55d4600958e3c95a25dd552cfc83105a6288fea764f37a87c578806cd85",
  ),
};
