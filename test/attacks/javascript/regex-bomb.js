// attack: backtracks without end in native code
// outcome: fuel-limit
function solve(x) {
  return /^(a+)+$/.test(`${"a".repeat(64)}b`);
}
