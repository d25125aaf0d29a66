// attack: looks for what is not there in a hundred thousand prototypes, again and again
// outcome: fuel-limit
function solve(x) {
  let object = {};
  for (let index = 0; index < 100_000; index++) object = Object.create(object);
  for (;;) object.missing;
}
