// attack: leaves nothing that could be changed
// outcome: ok
// output: 1
for (const value of [globalThis.Object, Array, Promise, Function, String, Number, JSON, Math]) {
  Object.freeze(value);
  if (value.prototype) Object.freeze(value.prototype);
}

function solve(x) {
  return x;
}
