/** Where this process may make control groups: the mounted hierarchies and its own place in them. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface Hierarchies {
  /** Folder of this process' own group, by controller, where version 1 has it. */
  readonly v1: ReadonlyMap<string, string>;
  /** Folder of the own group and of the whole hierarchy, where version 2 is mounted. */
  readonly v2: { readonly own: string; readonly root: string } | undefined;
}

/** Reads `mountinfo` and `cgroup` of a process' folder in /proc; nothing is found where there is no such folder. */
export function hierarchies(proc = "/proc/self"): Hierarchies {
  const v1 = new Map<string, string>();
  let v2: Hierarchies["v2"];
  const own = new Map<string, string>();
  for (const line of lines(join(proc, "cgroup"))) {
    const [, controllers = "", ...path] = line.split(":");
    for (const controller of controllers.split(",")) own.set(controller, path.join(":"));
  }
  for (const line of lines(join(proc, "mountinfo"))) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "/", at = ""] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    const placeOf = (path: string): string | undefined => {
      const below = relative(root, path);
      return below.startsWith("..") ? undefined : join(at, below);
    };
    if (type === "cgroup2") {
      const place = placeOf(own.get("") ?? "/");
      if (place !== undefined) v2 = { own: place, root: at };
    }
    if (type !== "cgroup") continue;
    for (const option of options.split(",")) {
      const path = own.get(option);
      const place = path === undefined ? undefined : placeOf(path);
      if (place !== undefined) v1.set(option, place);
    }
  }
  return { v1, v2 };
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}
