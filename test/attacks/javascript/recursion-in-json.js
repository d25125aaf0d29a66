// attack: overflows the stack in JSON.parse
// outcome: error
function solve(x) {
  return JSON.parse("[".repeat(1000000) + "]".repeat(1000000)).length;
}
