// attack: catches what is written to objects
// outcome: ok
for (const name of ["exports", "state", "nonce", "0", "1", "then"]) {
  Object.defineProperty(Object.prototype, name, {
    set() {
      throw new Error("caught");
    },
    get: () => undefined,
    configurable: true,
  });
}

function solve(x) {
  return [x];
}
