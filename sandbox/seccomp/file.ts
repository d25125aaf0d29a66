/** A filter as a file, from which the process that takes it reads it at each start. */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import engine from "./engine.json" with { type: "json" };
import { seccompFilter } from "./filter.ts";
import program from "./program.json" with { type: "json" };

/** `program` is for strangers' native code, `engine` for the process that runs strangers' WebAssembly, which needs less. */
const LISTS = { program, engine };

/** Writes a filter into that folder, under an address of its content, and returns its path. */
export async function writeFilter(folder: string, name: keyof typeof LISTS): Promise<string> {
  const filter = seccompFilter(LISTS[name]);
  const digest = new Bun.CryptoHasher("sha256").update(filter).digest("hex");
  const path = join(folder, `${digest.slice(0, 16)}.bpf`);
  const there = Bun.file(path);
  if ((await there.exists()) && Buffer.from(await there.bytes()).equals(filter)) return path;
  await mkdir(folder, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  await Bun.write(fresh, filter, { mode: 0o644 });
  await rename(fresh, path);
  return path;
}
