// attack: returns what JSON.stringify would empty
// outcome: malformed
function solve(x) {
  return new Map([[1, 2]]);
}
