// attack: is quick to send and slow to compile
// outcome: error
const source = `return ${"(".repeat(200_000)}1${")".repeat(200_000)}`;

function solve(x) {
  return Function(source)();
}
