// attack: throws what rewrites the judge's terminal
// outcome: error
// detail: Error: red0m (line 7)

function solve(x) {
  // A title, a colour, a control character of eight bits, and text from right to left.
  throw new Error("\x1b]0;owned\x07\x1b[31mred\x9b0m\u202e\r");
}
