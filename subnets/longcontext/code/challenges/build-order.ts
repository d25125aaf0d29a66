import { distinctWords } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";

type Targets = { targets: Record<string, string[]> };

/** Everything that a target needs, directly or not. */
function needs(target: string, dependencies: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const open = [...(dependencies.get(target) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(dependencies.get(next) ?? []));
  }
  return found;
}

export const buildOrder = challenge<Targets>({
  name: "build_order",
  prompt: `Given {"targets": {name: [names it depends on]}}, return {"order": [...]}: all names, each after everything it depends on, and of all such orders the one that is
smallest when compared name by name (at each place the smallest name that is ready). Names that are only depended on are targets without dependencies; a dependency may be listed twice.
If there is a cycle, return {"cycle": [...]} instead: the sorted names that depend on themselves, directly or through others.`,
  template: `def build_order(data):
    """data: {"targets": {str: [str]}} -> {"order": [str]} or {"cycle": [str]}"""
    return {"order": []}
`,
  examples: [
    {
      input: { targets: { app: ["lib", "core", "lib"], lib: ["core"] } },
      output: { order: ["core", "lib", "app"] },
    },
    { input: { targets: { a: ["b"], b: ["a"], c: ["a"], d: ["d"] } }, output: { cycle: ["a", "b", "d"] } },
  ],
  generate(random, size) {
    const names = distinctWords(random, Math.max(4, size));
    const targets: Record<string, string[]> = {};
    for (const [at, name] of random.shuffle([...names.entries()])) {
      if (at < 2) continue;
      targets[name] = Array.from({ length: random.integer(5) }, () => random.pick(names.slice(0, at)));
    }
    const last = names.at(-1) as string;
    const before = names.at(-2) as string;
    const twist = random.integer(4);
    if (twist === 0) targets[last] = [...(targets[last] ?? []), last];
    if (twist === 1) Object.assign(targets, { [before]: [last], [last]: [before, names[0] as string] });
    return { targets };
  },
  solve({ targets }) {
    const dependencies = new Map(Object.entries(targets));
    const names = new Set([...dependencies.keys(), ...[...dependencies.values()].flat()]);
    const cycle = [...names].filter((name) => needs(name, dependencies).has(name));
    if (cycle.length > 0) return { cycle: cycle.sort() };
    const order: string[] = [];
    const left = new Map([...names].map((name) => [name, new Set(dependencies.get(name) ?? [])]));
    while (left.size > 0) {
      const ready = [...left].filter(([, open]) => open.size === 0).map(([name]) => name);
      const next = ready.sort()[0] as string;
      order.push(next);
      left.delete(next);
      for (const open of left.values()) open.delete(next);
    }
    return { order };
  },
});
