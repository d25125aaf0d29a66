// attack: walks up to who called it
// outcome: error
function walk() {
  return walk.caller;
}

function solve(x) {
  const caller = arguments.callee.caller ?? walk();
  return caller.name + caller.arguments.length;
}
