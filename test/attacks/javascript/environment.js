// attack: reads secrets from the environment
// outcome: ok
// output: [[],["quickjs","attack.js"]]
function solve(x) {
  return [Object.keys(process.env), process.argv];
}
