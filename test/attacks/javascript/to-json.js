// attack: answers as another than it is
// outcome: ok
// output: "mine"
function solve(x) {
  return { secret: 1, toJSON: () => "mine" };
}
