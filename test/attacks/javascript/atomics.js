// attack: waits for what nobody tells
// outcome: ok
// output: "refused"
function solve(x) {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9);
  } catch {
    return "refused";
  }
  return "waited";
}
