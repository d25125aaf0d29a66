// attack: returns an integer that judges would round
// outcome: malformed
function solve(x) {
  return 2n ** 53n + 1n;
}
