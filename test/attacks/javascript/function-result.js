// attack: returns a function
// outcome: malformed
function solve(x) {
  return () => x;
}
