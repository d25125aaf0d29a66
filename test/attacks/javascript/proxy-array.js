// attack: answers with a list that claims four thousand million places
// outcome: malformed
function solve(x) {
  return new Proxy([], {
    get: (target, key) => (key === "length" ? 4294967295 : target[key]),
  });
}
