// attack: returns memory as it is
// outcome: malformed
function solve(x) {
  return new Uint8Array(4);
}
