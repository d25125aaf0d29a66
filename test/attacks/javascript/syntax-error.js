// attack: is no JavaScript
// outcome: error
function solve(x {
