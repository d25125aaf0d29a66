// attack: makes an array of four thousand million places
// outcome: ok
// output: 4294967295
function solve(x) {
  const sparse = [];
  sparse.length = 4294967295;
  return sparse.length;
}
