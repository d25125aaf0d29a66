// attack: throws nothing
// outcome: error
function solve(x) {
  throw null;
}
