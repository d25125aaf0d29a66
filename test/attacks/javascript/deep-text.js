// attack: turns lists within lists into a text
// outcome: error
function solve(x) {
  let deep = [x];
  for (let index = 0; index < 100_000; index++) deep = [deep];
  return String(deep);
}
