// attack: reserves a thousand GiB to grow into
// outcome: error
function solve(x) {
  return new ArrayBuffer(1, { maxByteLength: 2 ** 40 }).maxByteLength;
}
