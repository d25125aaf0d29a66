// attack: is always about to turn into JSON
// outcome: malformed
const again = { toJSON: () => again };

function solve(x) {
  return again;
}
