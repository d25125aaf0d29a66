// attack: replaces the streams
// outcome: ok
// output: 1
process.stdout.write = () => {
  throw new Error("no");
};
console.log = 1;

function solve(x) {
  return x;
}
