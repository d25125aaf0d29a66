// attack: overflows the stack
// outcome: error
function solve(x) {
  return solve(x) + 1;
}
