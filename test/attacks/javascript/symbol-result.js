// attack: returns a symbol
// outcome: malformed
function solve(x) {
  return Symbol("x");
}
