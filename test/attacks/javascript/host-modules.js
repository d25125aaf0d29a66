// attack: looks for what leads to the host
// outcome: ok
// output: []
function solve(x) {
  const found = [];
  for (const name of ["fs/promises", "child_process", "net", "os", "worker_threads", "vm", "bun:ffi", "std"]) {
    try {
      require(name);
      found.push(name);
    } catch {}
  }
  return found;
}
