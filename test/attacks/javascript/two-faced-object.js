// attack: differs each time it is read
// outcome: ok
// output: {"value":1}
function solve(x) {
  let reads = 0;
  return {
    get value() {
      return ++reads;
    },
  };
}
