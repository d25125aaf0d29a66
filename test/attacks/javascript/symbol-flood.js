// attack: fills the table of names that is never emptied
// outcome: fuel-limit
function solve(x) {
  for (let index = 0; ; index++) Symbol.for(`symbol ${index}`);
}
