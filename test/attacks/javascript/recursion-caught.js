// attack: overflows the stack where it handles the overflow
// outcome: fuel-limit
const deep = () => {
  try {
    return deep() + 1;
  } catch {
    return deep();
  }
};

function solve(x) {
  return deep();
}
