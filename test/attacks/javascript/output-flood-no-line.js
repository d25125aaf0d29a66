// attack: floods standard output without a line feed
// outcome: output-limit
function solve(x) {
  for (;;) process.stdout.write("xxxxxxxx");
}
