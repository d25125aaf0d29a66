// attack: burns the judge's CPU before it is even called
// outcome: fuel-limit
for (;;) {}
function solve(x) {
  return x;
}
