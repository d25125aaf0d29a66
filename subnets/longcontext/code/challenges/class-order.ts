import { capital, distinctWords } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";
import { blankOut } from "../python-source.ts";

const CLASS = /^class[ \t]+(\w+)[ \t]*(?:\(([^)]*)\))?[ \t]*:/gm;

/** The C3 merge; null when no order respects all lists. */
function merge(lists: readonly string[][]): string[] | null {
  const open = lists.map((list) => [...list]).filter((list) => list.length > 0);
  const order: string[] = [];
  while (open.some((list) => list.length > 0)) {
    const head = open
      .map((list) => list[0])
      .find((candidate) => candidate !== undefined && !open.some((list) => list.indexOf(candidate, 1) > 0));
    if (head === undefined) return null;
    order.push(head);
    for (const list of open) if (list[0] === head) list.shift();
  }
  return order;
}

export const classOrder = challenge<string>({
  name: "class_order",
  prompt: `For each top-level class in Python source text, return its method resolution order (C3 linearisation, as type.__mro__ but without "object"), starting with the class
itself: {class: [names]}. Where no consistent order exists, or where one of its ancestors has none, the value is None.
Bases that the text does not define are classes without bases of their own. Keyword arguments in the base list (metaclass=Meta) are no bases; "Base[T]" is the base "Base"; "object" is left out.
A class appears after its bases. Classes in strings and comments, and indented ones, are none.`,
  template: `def class_order(source):
    """source: str -> {class name: list of class names or None}"""
    return {}
`,
  examples: [
    {
      input:
        "class A: pass\nclass B(A, Mixin[int]): pass\nclass C(A): pass\nclass D(B, C, metaclass=M): pass\n# class E(A): pass\nclass F(A, B): pass\nclass G(F): pass\n",
      output: {
        A: ["A"],
        B: ["B", "A", "Mixin"],
        C: ["C", "A"],
        D: ["D", "B", "C", "A", "Mixin"],
        F: null,
        G: null,
      },
    },
    {
      input:
        "class A(object): pass\nclass B(A): pass\nclass C(A): pass\nclass D(B, C):\n    class Inner(A): pass\n",
      output: { A: ["A"], B: ["B", "A"], C: ["C", "A"], D: ["D", "B", "C", "A"] },
    },
  ],
  generate(random, size) {
    const names = distinctWords(random, Math.max(4, size)).map(capital);
    const lines = ['"""', "class Documented(Base): pass", '"""'];
    for (const [at, name] of names.entries()) {
      const earlier = names.slice(Math.max(0, at - 8), at);
      const bases = random.shuffle(earlier).slice(0, random.integer(4));
      // Mostly newest first, which is consistent more often than not.
      if (random.integer(4) > 0) bases.sort((a, b) => names.indexOf(b) - names.indexOf(a));
      const listed = bases.map((base) => (random.integer(5) === 0 ? `${base}[int]` : base));
      if (random.integer(6) === 0) listed.push("External");
      if (listed.length === 0 && random.integer(2) === 0) listed.push("object");
      if (random.integer(6) === 0) listed.push("metaclass=Meta");
      lines.push(listed.length > 0 ? `class ${name}(${listed.join(", ")}):` : `class ${name}:`);
      if (random.integer(4) === 0) lines.push(`    class Inner(${name}): pass`);
      lines.push(`    ${random.pick(["pass", "x = 1", `'''class Quoted(${name}): pass'''`])}`, "");
      if (random.integer(5) === 0) lines.push(`# class Commented(${name}): pass`);
    }
    return lines.join("\n");
  },
  solve(source) {
    const orders: Record<string, string[] | null> = {};
    for (const [, name = "", list = ""] of blankOut(source).matchAll(CLASS)) {
      const bases = list
        .replace(/\[[^\]]*\]/g, "")
        .split(",")
        .map((base) => base.trim())
        .filter((base) => base !== "" && base !== "object" && !base.includes("="));
      const above = bases.map((base) => (base in orders ? orders[base] : [base]));
      const merged = above.includes(null) ? null : merge([...(above as string[][]), bases]);
      orders[name] = merged === null ? null : [name, ...merged];
    }
    return orders;
  },
});
