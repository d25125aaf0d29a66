/** Text for a terminal, as one line: what comes from outside must not forge lines or move the cursor. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ");
