// attack: answers with what is always about to be there
// outcome: fuel-limit
const later = { then: (resolve) => resolve({ ...later }) };

function solve(x) {
  return later;
}
