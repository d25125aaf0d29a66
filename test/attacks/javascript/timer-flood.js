// attack: starts two timers for each that ends
// outcome: fuel-limit
const spread = () => {
  setTimeout(spread, 0);
  setTimeout(spread, 0);
};

async function solve(x) {
  spread();
  await new Promise(() => {});
}
