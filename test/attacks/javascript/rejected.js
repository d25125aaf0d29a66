// attack: rejects as if nobody looked
// outcome: error
async function solve(x) {
  Promise.reject(new Error("unseen"));
  throw new Error("seen");
}
