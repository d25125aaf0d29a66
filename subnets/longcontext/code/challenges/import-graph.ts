import { distinctWords } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";
import { blankOut } from "../python-source.ts";

type Files = { files: Record<string, string> };

const FROM = /^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(?:\(([^)]*)\)|([^\n;]*))/gm;
const IMPORT = /^[ \t]*import[ \t]+([^\n;]*)/gm;

const namesIn = (list: string): string[] =>
  list
    .split(",")
    .map((piece) => piece.trim().split(/\s+/)[0] ?? "")
    .filter(Boolean);

function importsOf(module: string, source: string, known: ReadonlySet<string>): string[] {
  const code = blankOut(source);
  const found = new Set<string>();
  for (const match of code.matchAll(IMPORT)) {
    for (const name of namesIn(match[1] as string)) if (known.has(name)) found.add(name);
  }
  for (const [, dots = "", path = "", inParentheses, plain] of code.matchAll(FROM)) {
    const parent = dots === "" ? [] : module.split(".").slice(0, -dots.length);
    const base = [...parent, ...(path === "" ? [] : [path])].join(".");
    for (const name of namesIn(inParentheses ?? plain ?? "")) {
      const whole = base === "" ? name : `${base}.${name}`;
      if (known.has(whole)) found.add(whole);
      else if (known.has(base)) found.add(base);
    }
  }
  found.delete(module);
  return [...found].sort();
}

export const importGraph = challenge<Files>({
  name: "import_graph",
  prompt: `Given Python modules by dotted name, {"files": {"pkg.mod": source}}, return which of these modules each one imports: {module: sorted list of modules}.
"import a.b, c as d" imports the modules named. "from p import n" imports module "p.n" if that is one of the files, otherwise "p" if it is one.
Relative imports count from the importing module's package: in "x.y.z" one dot is "x.y", two dots are "x". Lists may be in parentheses over several lines.
Import lines may be indented. Text in strings and comments imports nothing, modules that are not among the files are left out, and so is the module itself.`,
  template: `def import_graph(project):
    """project: {"files": {module: source}} -> {module: sorted list of modules}"""
    return {}
`,
  examples: [
    {
      input: {
        files: {
          "app.main":
            "import os, app.db as db\nfrom . import util\nfrom app.util import (\n    a,\n    b as c,  # from app.no import x\n)\n",
          "app.db": '"""import app.main"""\ndef f():\n    from .util import a\n',
          "app.util": "",
        },
      },
      output: { "app.main": ["app.db", "app.util"], "app.db": ["app.util"], "app.util": [] },
    },
  ],
  generate(random, size) {
    const packages = ["core", "core.io", "web"];
    const modules = distinctWords(random, Math.max(3, size)).map(
      (name) => `${random.pick(packages)}.${name}`,
    );
    const files: Record<string, string> = {};
    for (const module of modules) {
      const lines = [`"""${random.pick(modules)}`, `import ${random.pick(modules)}`, '"""'];
      for (let at = random.integer(6); at > 0; at--) {
        const target = random.pick(modules);
        const [name, parent] = [target.split(".").at(-1) as string, target.split(".").slice(0, -1).join(".")];
        const mine = module.split(".").slice(0, -1);
        lines.push(
          ...random.pick([
            [`import ${target}`],
            [`import json, ${target} as short_${at}`],
            [`from ${parent} import ${name}, missing`],
            [`from ${target} import thing`],
            [`from ${parent} import (  # ${random.pick(modules)}`, `    ${name} as other,`, ")"],
            [`# import ${target}`],
            [`text_${at} = 'import ${target}'`],
            ["def lazily():", `    from ${target} import thing as t`],
            parent === mine.join(".") ? [`from . import ${name}`] : [`from .${name} import thing`],
            parent === mine[0] && mine.length === 2
              ? [`from .. import ${name}`]
              : [`from .missing import ${name}`],
          ]),
        );
      }
      files[module] = lines.join("\n");
    }
    return { files };
  },
  solve({ files }) {
    const known = new Set(Object.keys(files));
    return Object.fromEntries(
      Object.entries(files).map(([module, source]) => [module, importsOf(module, source, known)]),
    );
  },
});
