/** Recognises seed phrases by their words, all 2,048 of which are on one list, so that prose is left alone. */
import english from "@polkadot/util-crypto/mnemonic/wordlists/en";

const WORDS: ReadonlySet<string> = new Set(english);

export const isMnemonicWord = (word: string): boolean => WORDS.has(word);
