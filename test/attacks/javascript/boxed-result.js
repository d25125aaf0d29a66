// attack: returns numbers and texts in boxes that say something else
// outcome: malformed
function solve(x) {
  const boxes = [new Number(1), new String("mine"), new Boolean(true)];
  for (const box of boxes) box.valueOf = box.toString = () => "forged";
  return boxes;
}
