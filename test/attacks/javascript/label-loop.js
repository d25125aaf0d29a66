// attack: jumps in circles
// outcome: fuel-limit
function solve(x) {
  outer: for (;;) {
    for (;;) continue outer;
  }
}
