// attack: formats what has no end
// outcome: error
function solve(x) {
  return new Date(Number.NaN).toISOString();
}
