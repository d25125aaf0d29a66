// attack: takes memory away from under a sort
// outcome: ok
// output: "alive"
function solve(x) {
  const buffer = new ArrayBuffer(1 << 16, { maxByteLength: 1 << 20 });
  const numbers = new Float64Array(buffer).fill(1);
  let calls = 0;
  numbers.sort(() => {
    if (++calls === 10) buffer.resize(0);
    return -1;
  });
  const list = Array.from({ length: 1000 }, (_, index) => index);
  list.sort((a, b) => {
    list.length = 0;
    return a - b;
  });
  return "alive";
}
