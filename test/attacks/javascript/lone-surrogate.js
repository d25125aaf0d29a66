// attack: returns text that is no Unicode
// outcome: malformed
function solve(x) {
  return "\ud800";
}
