// attack: makes properties without end
// outcome: fuel-limit
function solve(x) {
  const object = {};
  for (let index = 0; ; index++) object[`key ${index}`] = index;
}
