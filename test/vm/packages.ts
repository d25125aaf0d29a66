/** Debian packages of another architecture, with all that they depend on, fetched beside the host's own and not installed. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "./command.ts";

export type Arch = "x64" | "arm64";

/** Debian's names of the architectures. */
export const DEBIAN: Readonly<Record<Arch, string>> = { x64: "amd64", arm64: "arm64" };

/** Paths of the package files, by the host's own package sources. `folder` keeps what was fetched. */
export async function fetchPackages(folder: string, arch: Arch, names: readonly string[]): Promise<string[]> {
  const [state, cache] = [join(folder, "state"), join(folder, "cache")];
  const archives = join(cache, "archives");
  for (const part of [join(state, "lists", "partial"), join(archives, "partial")]) {
    mkdirSync(part, { recursive: true });
  }
  const status = join(folder, "status");
  writeFileSync(status, ""); // nothing is installed, so that everything needed is fetched
  const options = {
    "APT::Architecture": DEBIAN[arch],
    "APT::Architectures": DEBIAN[arch],
    "APT::Sandbox::User": "root",
    "Dir::State": state,
    "Dir::State::status": status,
    "Dir::Cache": cache,
  };
  const apt = [
    "apt-get",
    "-q",
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ];
  await must([...apt, "update"]);
  await must([...apt, "clean"]);
  await must([...apt, "install", "--download-only", "--no-install-recommends", "-y", ...names]);
  const files = readdirSync(archives).filter((name) => name.endsWith(".deb"));
  return files.sort().map((name) => join(archives, name));
}
