// attack: returns nothing at all
// outcome: malformed
function solve(x) {

}
