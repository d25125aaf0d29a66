/** A long text in parts that a byte-level tokenizer would part there anyway, so that megabytes take no gigabytes. */

const PART = 65_536;
/** Every pre-tokenizer of this family begins a new piece at a single blank between a word and a letter. */
const BORDER = /[^\s] (?=[a-zA-Z])/g;

/** Parts in order; together they are the text. */
export function cutText(text: string, size: number = PART): string[] {
  const parts: string[] = [];
  let from = 0;
  while (text.length - from > size) {
    BORDER.lastIndex = from + size;
    const found = BORDER.exec(text);
    if (found === null) break;
    const to = found.index + 1;
    parts.push(text.slice(from, to));
    from = to;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}
