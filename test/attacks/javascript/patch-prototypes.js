// attack: replaces what the harness is built on
// outcome: ok
// output: 1
Array.prototype.push = () => 0;
Object.prototype.toString = () => "[object Object]";
String.prototype.slice = () => "";
Function.prototype.call = () => "forged";
Function.prototype.apply = () => "forged";
Promise.prototype.then = () => "forged";
Reflect.apply = () => "forged";
RegExp.prototype.exec = () => null;

function solve(x) {
  return x;
}
