// attack: answers with a proxy that makes up keys
// outcome: fuel-limit
function solve(x) {
  return new Proxy(
    {},
    {
      ownKeys() {
        for (;;) {}
      },
    },
  );
}
