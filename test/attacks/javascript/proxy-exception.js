// attack: throws a proxy without anything behind it
// outcome: error
function solve(x) {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  throw proxy;
}
