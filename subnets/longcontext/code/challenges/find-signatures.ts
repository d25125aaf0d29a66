import type { DrawRandom } from "../../../../protocol/subnet.ts";
import { word } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";
import { blankOut } from "../python-source.ts";

const DEF = /^[ \t]*(async[ \t]+)?def[ \t]+(\w+)[ \t]*\(/gm;

/** End of the parenthesis that opens just before `from`, in text without strings and comments. */
function closing(code: string, from: number): number {
  for (let at = from, depth = 1; at < code.length; at++) {
    if ("([{".includes(code[at] as string)) depth += 1;
    if (")]}".includes(code[at] as string) && --depth === 0) return at;
  }
  return code.length;
}

function parameters(list: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let piece = "";
  for (const character of `${list},`) {
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) depth -= 1;
    if (character !== "," || depth > 0) {
      piece += character;
      continue;
    }
    const name = /^\s*(\*{0,2}\s*\w+)/.exec(piece)?.[1];
    if (name) names.push(name.replace(/\s/g, ""));
    piece = "";
  }
  return names;
}

function parameter(random: DrawRandom): string {
  const name = word(random);
  return random.pick([
    name,
    `${name}=None`,
    `${name}: int = 3`,
    `${name}=(1, [2, 3])`,
    `${name}: dict[str, int] = {}`,
    `${name}="a, b)"`,
    `${name}='#'`,
  ]);
}

export const findSignatures = challenge<string>({
  name: "find_signatures",
  prompt: `Find every function definition in Python source text (valid Python 3.11), also nested ones and methods.
Definitions inside strings, docstrings and comments are none. Parameter lists may span lines and hold defaults, annotations, comments and strings.
Return a list, in order of appearance, of {"name", "params", "line", "async"}: params are the parameter names in order, "*args" and "**kwargs" with
their stars, without the bare markers "*" and "/"; line is the 1-based line of the "def" (or "async def"); async is a bool.`,
  template: `def find_signatures(source):
    """source: str -> list of {"name": str, "params": [str], "line": int, "async": bool}"""
    return []
`,
  examples: [
    {
      input:
        'class A:\n    """def no(x): ..."""\n    async def get(self, key, /, *, default=(1, 2), **rest):\n        return key\n\n# def never(): pass\ndef f(\n    a: int = 3,  # def inner(b):\n): pass\n',
      output: [
        { name: "get", params: ["self", "key", "default", "**rest"], line: 3, async: true },
        { name: "f", params: ["a"], line: 7, async: false },
      ],
    },
  ],
  generate(random, size) {
    const lines = [`"""Module ${word(random)}.`, "", "def documented(a, b): ...", '"""', "import os", ""];
    for (let at = 0; at < size; at++) {
      const indent = random.integer(3) === 0 ? "    " : "";
      if (indent) lines.push(`class ${word(random)}${at}:`);
      const params = Array.from({ length: random.integer(4) }, () => parameter(random));
      const names = new Set<string>();
      const unique = params.filter((param) => {
        const name = /^\w+/.exec(param)?.[0] as string;
        return names.has(name) ? false : names.add(name);
      });
      // A parameter without a default may not follow one with a default: all go after the star.
      const tail = [
        ...(unique.length > 0 ? ["*", ...unique] : []),
        ...(random.integer(4) === 0 ? ["**rest"] : []),
      ];
      const all = [...(indent ? ["self"] : []), ...(random.integer(4) === 0 ? ["first", "/"] : []), ...tail];
      const head = `${indent}${random.integer(4) === 0 ? "async " : ""}def ${word(random)}_${at}(`;
      if (random.integer(3) === 0 && all.length > 0) {
        lines.push(
          head,
          ...all.map((param) => `${indent}        ${param},${random.integer(4) === 0 ? "  # def x(" : ""}`),
        );
        lines.push(`${indent}) -> None:`);
        // Python allows no comma after **rest in old versions only; 3.11 does.
      } else lines.push(`${head}${all.join(", ")}):`);
      if (random.integer(3) === 0)
        lines.push(`${indent}    '''def hidden_${at}(q):`, `${indent}    def deeper(): pass'''`);
      if (random.integer(3) === 0) lines.push(`${indent}    # def commented_${at}(z): pass`);
      if (random.integer(3) === 0) lines.push(`${indent}    text = "it's def fake_${at}(y):"`);
      if (random.integer(4) === 0) lines.push(`${indent}    def inner_${at}(x): return x`);
      lines.push(`${indent}    return ${random.integer(100)}`, "");
    }
    return lines.join("\n");
  },
  solve(source) {
    const code = blankOut(source);
    return [...code.matchAll(DEF)].map((match) => {
      const from = match.index + match[0].length;
      const line = code.slice(0, match.index).split("\n").length;
      return {
        name: match[2] as string,
        params: parameters(code.slice(from, closing(code, from))),
        line,
        async: match[1] !== undefined,
      };
    });
  },
});
