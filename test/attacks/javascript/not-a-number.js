// attack: returns NaN, which no two parsers read alike
// outcome: malformed
function solve(x) {
  return Number.NaN;
}
