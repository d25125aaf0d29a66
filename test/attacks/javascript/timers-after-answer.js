// attack: goes on in timers and promises when it has answered
// outcome: ok
// cases: [1,2]
// each: ["first"]
// stdout: 
function solve(x) {
  const late = () => {
    console.log("late");
    for (;;) {}
  };
  setTimeout(late, 0);
  setInterval(late, 1);
  new Promise(() => {}).then(late);
  return [x, "first"];
}
