// attack: throws when it is read
// outcome: error
function solve(x) {
  return {
    get value() {
      throw new Error("not today");
    },
  };
}
