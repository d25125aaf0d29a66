// attack: holds a slot without using CPU
// outcome: timeout
// limits: {"wallMs":1000}
async function solve(x) {
  await new Promise((resolve) => setTimeout(resolve, 1e12));
  return x;
}
