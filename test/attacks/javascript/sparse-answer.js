// attack: answers with an array of four thousand million places
// outcome: malformed
function solve(x) {
  const sparse = [];
  sparse.length = 4294967295;
  return sparse;
}
