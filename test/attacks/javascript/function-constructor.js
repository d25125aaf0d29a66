// attack: compiles code to get out
// outcome: ok
// output: [true,true,"undefined"]
function solve(x) {
  const outer = Function("return this")();
  const inner = (0, eval)("this");
  return [outer === globalThis, inner === globalThis, typeof outer.orrery];
}
