// Imports only point down: protocol <- runtime <- ledger, sandbox, models, chain <- actors <- cli, web.
// A subnet is a mechanism: it sees the protocol and nothing else. Tests may import anything; nothing but the bench verb imports them.
const below = {
  protocol: [],
  runtime: ["protocol"],
  ledger: ["protocol", "runtime"],
  sandbox: ["protocol", "runtime"],
  models: ["protocol", "runtime"],
  chain: ["protocol", "runtime"],
  subnets: ["protocol"],
  actors: ["protocol", "runtime", "ledger", "sandbox", "models", "chain"],
  web: ["protocol"],
  cli: ["protocol", "runtime", "ledger", "sandbox", "models", "chain", "subnets", "actors", "web"],
};
const ours = Object.keys(below).join("|");
// Beside the code lie its tests, what they share, and programs that they start.
const test = "(^test/|\\.test\\.tsx?$|(^|/)test-support\\.ts$|\\.fixture\\.ts$)";
const toolConfig = "(^|/)drizzle\\.[a-z]+\\.ts$";

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "nothing-missing", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-undeclared-dependency",
      severity: "error",
      from: { pathNot: [test, toolConfig] },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "only-tests-import-tests",
      severity: "error",
      from: { path: `^(${ours})/`, pathNot: test },
      to: { path: test, pathNot: "^test/bench/bench\\.ts$" },
    },
    {
      name: "only-the-cli-imports-benches",
      severity: "error",
      from: { path: `^(${ours})/`, pathNot: [test, "^cli/"] },
      to: { path: "^test/bench/" },
    },
    ...Object.entries(below).map(([layer, allowed]) => ({
      name: `${layer}-imports-only-what-lies-below`,
      severity: "error",
      from: { path: `^${layer}/`, pathNot: test },
      to: { path: `^(${ours})/`, pathNot: `^(${[layer, ...allowed].join("|")})/` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Attacks import what there is not, on purpose.
    exclude: { path: "^(\\.orrery|dist|coverage|test/attacks/javascript)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    builtInModules: { add: ["bun", "bun:sqlite", "bun:test", "bun:ffi", "bun:jsc"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["bun", "import", "require", "node", "default", "types"],
    },
  },
};
