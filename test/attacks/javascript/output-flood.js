// attack: floods standard output
// outcome: output-limit
function solve(x) {
  for (;;) console.log("x".repeat(1000));
}
