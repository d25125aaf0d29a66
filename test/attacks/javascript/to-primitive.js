// attack: throws what turns into a text for ever
// outcome: fuel-limit
function solve(x) {
  throw {
    [Symbol.toPrimitive]() {
      for (;;) {}
    },
    toString() {
      for (;;) {}
    },
    get message() {
      for (;;) {}
    },
  };
}
