// attack: asks for more memory than there is
// outcome: memory-limit
function solve(x) {
  return new Uint8Array(1 << 30).length;
}
