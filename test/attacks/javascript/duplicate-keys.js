// attack: returns an object whose proxy names one key twice
// outcome: error
function solve(x) {
  return new Proxy(
    {},
    {
      ownKeys: () => ["a", "a"],
      getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
      get: () => 1,
    },
  );
}
