// attack: throws what cannot be printed
// outcome: error
function solve(x) {
  throw {
    get name() {
      throw this;
    },
    get message() {
      throw this;
    },
    get stack() {
      throw this;
    },
    toString() {
      throw this;
    },
  };
}
