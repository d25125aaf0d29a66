// attack: returns a time that is none
// outcome: ok
// output: [null]
function solve(x) {
  return [new Date(Number.NaN)];
}
