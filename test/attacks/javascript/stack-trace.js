// attack: reads how it was called
// outcome: ok
// output: false
function solve(x) {
  const { stack } = new Error("x");
  return /nonce|\/work|\/home|\/root/.test(stack);
}
