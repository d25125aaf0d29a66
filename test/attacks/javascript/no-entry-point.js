// attack: defines nothing to call
// outcome: error
const nothing = 1;
const alsoNothing = 2;
