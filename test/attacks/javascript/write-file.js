// attack: leaves a file behind
// outcome: error
function solve(x) {
  require("fs").writeFileSync("/tmp/left-behind", "x");
}
