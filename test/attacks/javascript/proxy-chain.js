// attack: answers with a proxy behind a hundred thousand proxies
// outcome: error
function solve(x) {
  let proxy = { value: x };
  for (let index = 0; index < 100_000; index++) proxy = new Proxy(proxy, {});
  return proxy;
}
