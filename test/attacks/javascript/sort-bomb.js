// attack: spends its time in native code
// outcome: fuel-limit
function solve(x) {
  const numbers = Array.from({ length: 1 << 17 }, (_, index) => (index * 7919) % 104729);
  for (;;) numbers.sort(() => 1).sort((a, b) => a - b);
}
