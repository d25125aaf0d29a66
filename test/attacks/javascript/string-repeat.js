// attack: asks for a text longer than texts may be
// outcome: error
function solve(x) {
  return "x".repeat(2 ** 40);
}
