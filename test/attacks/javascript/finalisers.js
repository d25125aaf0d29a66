// attack: registers what is called when memory is reclaimed
// outcome: ok
// output: 1
let called = 0;
const registry = new FinalizationRegistry(() => {
  called++;
  for (;;) {}
});

function solve(x) {
  for (let index = 0; index < 1000; index++) registry.register({}, index);
  return x;
}
