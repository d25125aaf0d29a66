// attack: flattens a list that contains itself
// outcome: error
function solve(x) {
  const loop = [x];
  loop.push(loop);
  return loop.flat(Number.POSITIVE_INFINITY).length;
}
