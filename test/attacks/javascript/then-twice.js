// attack: keeps a promise twice, and breaks it afterwards
// outcome: ok
// output: "first"
function solve(x) {
  return {
    then(resolve, reject) {
      resolve("first");
      resolve("second");
      reject(new Error("third"));
      throw new Error("fourth");
    },
  };
}
