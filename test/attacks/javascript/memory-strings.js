// attack: joins and splits texts until something is full
// outcome: fuel-limit
function solve(x) {
  const held = [];
  for (let text = "x".repeat(1 << 20); ; text += "y") held.push(text.split("").join("-"));
}
