// attack: survives every exception it can catch
// outcome: fuel-limit
function solve(x) {
  for (;;) {
    try {
      for (;;) {}
    } catch {}
  }
}
