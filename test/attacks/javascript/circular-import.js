// attack: requires files that require each other for ever
// outcome: ok
// output: "object"
// files: {"other.js":"module.exports = require('./third.js');","third.js":"module.exports = require('./other.js');"}
const other = require("./other.js");

function solve(x) {
  return typeof other;
}
