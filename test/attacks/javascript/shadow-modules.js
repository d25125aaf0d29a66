// attack: brings modules along that are named like the host's
// outcome: ok
// output: ["own","own"]
// files: {"std.js":"export const name = 'own';","fs.js":"module.exports = { name: 'own' };","harness.js":"throw new Error('loaded');"}
async function solve(x) {
  return [(await import("./std.js")).name, require("./fs.js").name];
}
