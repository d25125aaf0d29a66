// attack: prints sequences that rewrite the judge's terminal
// outcome: ok
// output: 1
// stdout: red0m
function solve(x) {
  process.stdout.write("\x1b[31mred\x1b]0;title\x07\x1b[0m\x9b0m\r\n");
  return x;
}
