// attack: hides an infinity deep in its answer
// outcome: malformed
function solve(x) {
  return { a: [{ b: Number.POSITIVE_INFINITY }] };
}
