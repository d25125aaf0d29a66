// attack: returns lists nested deeper than a parser's stack
// outcome: malformed
function solve(x) {
  let deep = 0;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  return deep;
}
