// attack: returns more than may be returned
// outcome: output-limit
function solve(x) {
  return "x".repeat(1 << 20);
}
