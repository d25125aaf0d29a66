// attack: answers at a moment of its own choice
// outcome: ok
// output: 1
globalThis.Promise = class {};

function solve(x) {
  return x;
}
