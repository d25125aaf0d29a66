// attack: never lets go of the queue of promises
// outcome: fuel-limit
const again = () => Promise.resolve().then(again);

async function solve(x) {
  await again();
  return x;
}
