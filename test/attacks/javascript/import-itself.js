// attack: imports itself while it is imported
// outcome: ok
// output: 1
async function solve(x) {
  const again = await import("./attack.js").catch(() => undefined);
  return again?.solve === undefined ? x : await again.solve(x);
}
