/** Guest text made safe for terminals, logs and pages: no escape sequences, no control characters, bounded. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** UTF-16 units that are kept of an output stream, and of the sentence that says what went wrong. */
export const MAX_TEXT = 65_536;
export const MAX_DETAIL = 2_000;

/** At most `cap` UTF-16 units; line feeds and tabs stay, direction overrides and lone surrogates do not. */
export function cleanText(text: string, cap: number): string {
  return text
    .slice(0, cap * 2)
    .replaceAll("\r\n", "\n")
    .replace(ESCAPES, "")
    .replace(CONTROLS, "")
    .toWellFormed()
    .slice(0, cap)
    .toWellFormed();
}

/** Of a traceback that is what went wrong. */
export const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
