// attack: throws what never ends being printed
// outcome: fuel-limit
function solve(x) {
  throw {
    get message() {
      for (;;) {}
    },
  };
}
