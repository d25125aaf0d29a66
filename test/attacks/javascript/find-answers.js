// attack: looks for the expected answer in all it can reach
// outcome: ok
// output: []
function solve(x) {
  const seen = new Set();
  const found = [];
  const walk = (value, path) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      if (/expected|answer|sealedPart|nonce/i.test(String(key))) found.push(`${path}.${String(key)}`);
      let inner;
      try {
        inner = value[key];
      } catch {}
      walk(inner, `${path}.${String(key)}`);
    }
  };
  walk(globalThis, "");
  return found;
}
