// attack: takes all memory
// outcome: memory-limit
function solve(x) {
  const held = [];
  for (;;) held.push(new Uint8Array(1 << 20));
}
