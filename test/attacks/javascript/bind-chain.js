// attack: binds a function a hundred thousand times, whose name grows each time
// outcome: memory-limit
function solve(x) {
  let bound = () => x;
  for (let index = 0; index < 100_000; index++) bound = bound.bind(null);
  return bound();
}
