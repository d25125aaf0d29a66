// attack: answers with a promise that nobody keeps
// outcome: error
function solve(x) {
  return new Promise(() => {});
}
