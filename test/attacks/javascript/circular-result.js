// attack: returns a value that contains itself
// outcome: malformed
function solve(x) {
  const loop = [];
  loop.push(loop);
  return loop;
}
