// attack: tells judges apart by where they are
// outcome: ok
// output: [0,"Thu Jan 01 1970 00:00:00 GMT+0000"]
function solve(x) {
  return [new Date(0).getTimezoneOffset(), new Date(0).toString()];
}
