// attack: puts raw text into its answer, for parsers to differ on
// outcome: ok
// output: [{"rawJSON":"9007199254740993"}]
function solve(x) {
  return [JSON.rawJSON("9007199254740993")];
}
