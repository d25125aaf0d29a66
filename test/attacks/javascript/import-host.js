// attack: imports the host's modules
// outcome: error
async function solve(x) {
  return Object.keys(await import("node:child_process"));
}
