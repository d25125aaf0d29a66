// attack: never finishes what it iterates over
// outcome: fuel-limit
function* endless() {
  for (;;) yield* [1, 2, 3];
}

function solve(x) {
  return [...endless()].length;
}
