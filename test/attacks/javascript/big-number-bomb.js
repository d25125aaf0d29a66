// attack: computes an integer too large to finish
// outcome: fuel-limit
function solve(x) {
  let n = 3n;
  for (;;) n **= 3n;
}
