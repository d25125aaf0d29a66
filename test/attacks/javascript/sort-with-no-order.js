// attack: sorts by what changes its mind
// outcome: ok
// output: 1000
function solve(x) {
  let n = 0;
  return Array.from({ length: 1000 }, (_, index) => index).sort(() => (n++ % 3) - 1).length;
}
