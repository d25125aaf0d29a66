// attack: makes the host produce randomness without end
// outcome: fuel-limit
function solve(x) {
  for (;;) Math.random();
}
