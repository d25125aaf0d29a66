// attack: prints what cannot be printed
// outcome: ok
// output: 1
function solve(x) {
  const loop = [];
  loop.push(loop);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = {
    get value() {
      throw new Error("no");
    },
    toString() {
      throw new Error("no");
    },
  };
  for (const value of [loop, proxy, throwing, Symbol("x"), Object.create(null), 1n]) {
    try {
      console.log(value);
    } catch {}
  }
  return x;
}
