// attack: prints text that is no Unicode
// outcome: ok
// output: 1
// stdout: a������b
function solve(x) {
  console.log("a\ud800\udfffb".replace("\udfff", "\ud800"));
  return x;
}
