/** Recognises seed phrases by their words, all 2,048 of which are on one list, so that prose is left alone. */
import { createRequire } from "node:module";

// Not an import: most processes never log as many words in a row.
const require = createRequire(import.meta.url);

let words: ReadonlySet<string> | undefined;

export const isMnemonicWord = (word: string): boolean => (words ??= readWords()).has(word);

function readWords(): ReadonlySet<string> {
  const { default: english } = require("@polkadot/util-crypto/mnemonic/wordlists/en") as {
    default: string[];
  };
  return new Set(english);
}
