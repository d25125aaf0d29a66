// attack: imports code that it carries along in an address
// outcome: error
async function solve(x) {
  return (await import("data:text/javascript,export default 1")).default;
}
