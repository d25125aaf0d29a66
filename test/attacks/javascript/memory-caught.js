// attack: carries on after the memory limit
// outcome: ok
// output: "small"
function solve(x) {
  try {
    const held = [];
    for (;;) held.push(new Uint8Array(1 << 20));
  } catch {
    return "small";
  }
}
