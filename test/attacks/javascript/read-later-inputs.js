// attack: reads the inputs of the cases to come
// outcome: ok
// cases: [1,2,3]
// output: ""
function solve(x) {
  const found = [];
  for (const source of [0, 1, 2, 3, "/dev/stdin", "/proc/self/fd/0"]) {
    try {
      found.push(require("fs").readFileSync(source));
    } catch {}
  }
  return found.join("");
}
