// attack: gives memory away while it is being filled
// outcome: ok
// output: "alive"
function solve(x) {
  const buffer = new ArrayBuffer(1 << 16);
  const bytes = new Uint8Array(buffer);
  const taking = { valueOf: () => (buffer.transfer(), 255) };
  try {
    bytes.fill(taking);
    bytes.set([taking, taking]);
    new DataView(buffer).setFloat64(1 << 15, taking);
  } catch {}
  return "alive";
}
