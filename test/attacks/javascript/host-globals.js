// attack: looks for what other runtimes have
// outcome: ok
// output: []
function solve(x) {
  const names = ["fetch", "XMLHttpRequest", "WebSocket", "Worker", "WebAssembly", "navigator", "Deno", "Bun", "scriptArgs"];
  return names.filter((name) => globalThis[name] !== undefined);
}
