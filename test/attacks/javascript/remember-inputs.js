// attack: carries what it saw from one case to the next
// outcome: ok
// cases: [1,2,3]
// output: [1,1]
globalThis.seen ??= [];

function solve(x) {
  globalThis.seen.push(x);
  Array.prototype.seen ??= 0;
  Array.prototype.seen++;
  return [globalThis.seen.length, Array.prototype.seen];
}
