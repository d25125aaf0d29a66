// attack: overflows the stack in native code
// outcome: error
function solve(x) {
  return new RegExp("(".repeat(100000) + ")".repeat(100000)).test("x");
}
