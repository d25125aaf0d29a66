// attack: floods standard error
// outcome: output-limit
function solve(x) {
  for (;;) console.error("x".repeat(1000));
}
