// attack: reads the host's files
// outcome: error
function solve(x) {
  return require("fs").readFileSync("/etc/passwd");
}
