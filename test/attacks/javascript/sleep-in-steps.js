// attack: holds a slot in many short sleeps
// outcome: timeout
// limits: {"wallMs":1000}
async function solve(x) {
  for (;;) await new Promise((resolve) => setTimeout(resolve, 100));
}
