// attack: lays traps in the names that the harness looks for
// outcome: error
for (const name of ["main", "solution", "Solution", "module", "exports", "then", "orreryTools"]) {
  Object.defineProperty(globalThis, name, {
    get() {
      throw new Error("caught");
    },
    configurable: true,
  });
}

function solve(x) {
  return x;
}
