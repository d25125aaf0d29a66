/** Python source as text, as far as the challenges need it. */

const STRING_OR_COMMENT =
  /#[^\n]*|'''(?:\\[\s\S]|(?!''')[^\\])*'''|"""(?:\\[\s\S]|(?!""")[^\\])*"""|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/g;

/** The same text with strings and comments blanked, so that places and lines stay. */
export const blankOut = (source: string): string =>
  source.replace(STRING_OR_COMMENT, (found) => found.replace(/[^\n]/g, " "));
