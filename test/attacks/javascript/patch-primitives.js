// attack: has numbers and texts turn into others
// outcome: ok
// output: {"number":1,"text":"mine"}
Number.prototype.toString = () => "2";
Number.prototype.valueOf = () => 2;
Number.prototype[Symbol.toPrimitive] = () => 2;
String.prototype.toString = String.prototype.valueOf = () => "forged";
String.prototype[Symbol.toPrimitive] = () => "forged";
Object.prototype[Symbol.toPrimitive] = () => "forged";
Boolean.prototype.toJSON = () => "forged";

function solve(x) {
  return { number: x, text: "mine" };
}
