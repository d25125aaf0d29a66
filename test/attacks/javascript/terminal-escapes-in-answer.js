// attack: answers with what rewrites the judge's terminal
// outcome: ok
// output: ["\u001b]0;owned\u0007\u001b[31m","\u009b0m\u202e","\u0000\r\n"]
function solve(x) {
  return ["\x1b]0;owned\x07\x1b[31m", "\x9b0m\u202e", "\0\r\n"];
}
