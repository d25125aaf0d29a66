// attack: returns a key that pollutes objects
// outcome: malformed
function solve(x) {
  return JSON.parse('{"__proto__":{"polluted":true}}');
}
