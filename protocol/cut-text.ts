/**
 * The first `most` UTF-16 units of a text, well-formed whatever was cut through: a lone half of a character has no
 * canonical JSON, and a miner that could place one would stop whoever records it.
 */
export const cutText = (text: string, most: number): string => text.slice(0, most).toWellFormed();
