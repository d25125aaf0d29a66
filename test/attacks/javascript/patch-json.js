// attack: replaces the encoder
// outcome: ok
// output: 1
JSON.stringify = () => "forged";
JSON.parse = () => "forged";

function solve(x) {
  return x;
}
