// attack: looks for the harness' way out
// outcome: ok
// output: []
function solve(x) {
  const found = [];
  for (const name of ["orrery", "std", "os", "Deno", "Bun", "require.main", "process.binding"]) {
    try {
      if (eval(name) !== undefined) found.push(name);
    } catch {}
  }
  return found;
}
