// attack: answers with what is only computed when it is read
// outcome: malformed
function* solve(x) {
  for (;;) yield x;
}
