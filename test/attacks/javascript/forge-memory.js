// attack: claims to have run out of memory
// outcome: memory-limit
function solve(x) {
  const error = new Error("out of memory");
  error.name = "InternalError";
  throw error;
}
