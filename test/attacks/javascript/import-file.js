// attack: imports a file of the host
// outcome: error
async function solve(x) {
  return Object.keys(await import("/etc/passwd"));
}
