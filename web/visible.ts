/**
 * Strangers' text with nothing hidden in it: terminal escapes, control characters, and the marks that reverse or hide
 * neighbouring text are written out. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? "\u2421" : `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
  });
}

// Controls but tab and line feed, formatting marks, separators, and whatever else renders as nothing; emoji keep their style.
const UNSEEN = /(?![\t\n]|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
