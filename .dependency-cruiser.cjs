// Imports only point down: protocol <- runtime <- ledger, sandbox, models, chain <- actors <- cli, web.
// A subnet is a mechanism: it sees the protocol and nothing else.
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
  cli: [
    "protocol",
    "runtime",
    "ledger",
    "sandbox",
    "models",
    "chain",
    "subnets",
    "actors",
    "web",
    "test/bench",
  ],
};
const ours = Object.keys(below).join("|");
const test = "(\\.test\\.tsx?$|^test/)";

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-undeclared-dependency",
      severity: "error",
      from: { pathNot: test },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown", "undetermined"],
        dependencyTypesNot: ["type-only"],
      },
    },
    ...Object.entries(below).map(([layer, allowed]) => ({
      name: `${layer}-imports-only-what-lies-below`,
      severity: "error",
      from: { path: `^${layer}/`, pathNot: test },
      to: { path: `^(${ours}|test)/`, pathNot: `^(${[layer, ...allowed].join("|")})/` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["bun", "import", "require", "node", "default", "types"],
    },
  },
};
