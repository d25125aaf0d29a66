// attack: overflows the stack of the parser
// outcome: error
function solve(x) {
  return eval("[".repeat(1000000) + "]".repeat(1000000)).length;
}
