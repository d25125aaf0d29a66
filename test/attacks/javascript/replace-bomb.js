// attack: doubles a text by replacing each letter
// outcome: fuel-limit
function solve(x) {
  let text = "x";
  for (;;) text = text.replace(/./gu, "$&$&");
}
