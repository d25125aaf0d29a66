// attack: replaces how the harness walks through lists
// outcome: fuel-limit
const endless = () => ({ next: () => ({ done: false, value: "forged" }) });
Array.prototype[Symbol.iterator] = endless;
String.prototype[Symbol.iterator] = endless;
Map.prototype[Symbol.iterator] = endless;
Object.getPrototypeOf([].keys()).next = () => ({ done: false, value: "forged" });
Object.keys = Object.entries = Reflect.ownKeys = Array.from = () => ["forged"];
Array.isArray = () => false;

function solve(x) {
  return [x, 2];
}
