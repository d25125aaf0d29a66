// attack: answers with a list whose parts its own class makes up
// outcome: ok
// output: [1,2]
class Shifting extends Array {
  static get [Symbol.species]() {
    return Object;
  }
  get length() {
    return 1e9;
  }
  *[Symbol.iterator]() {
    for (;;) yield "forged";
  }
  map() {
    return ["forged"];
  }
}

function solve(x) {
  return Shifting.of(1, 2);
}
