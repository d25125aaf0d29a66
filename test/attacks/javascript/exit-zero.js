// attack: ends as if all were well
// outcome: error
function solve(x) {
  process.exit(0);
}
