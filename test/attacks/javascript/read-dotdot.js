// attack: climbs out of its folder
// outcome: error
function solve(x) {
  return require("fs").readFileSync("../../../../etc/passwd");
}
