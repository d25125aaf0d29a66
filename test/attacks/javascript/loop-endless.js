// attack: burns the judge's CPU
// outcome: fuel-limit
function solve(x) {
  for (;;) {}
}
