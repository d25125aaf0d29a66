// attack: answers with what comes piece by piece, and never all of it
// outcome: malformed
async function* solve(x) {
  for (;;) yield x;
}
