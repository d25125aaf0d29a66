// attack: ends before anything is asked
// outcome: error
process.exit(0);
