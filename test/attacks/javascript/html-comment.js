// attack: hides code where other parsers see none
// outcome: ok
// output: 1
<!-- not code
function solve(x) {
  return x;
}
--> not code either
