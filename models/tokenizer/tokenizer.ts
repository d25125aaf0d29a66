/** Text to tokens and back, as a model was trained on. */

export interface Tokenizer {
  /** Tokens there are, counting those that only graphs know. */
  readonly vocabulary: number;
  /** Longest text of one token, in bytes: no text of more than `n × longest` bytes has n tokens or fewer. */
  readonly longest: number;
  /** Only `special` text can become the model's own markers; the same letters from outside stay letters. */
  encode(text: string, options: { special: boolean }): Uint32Array;
  /** What a token adds to a text: bytes, since a character may be spread over several tokens. Markers add nothing. */
  bytes(token: number): Uint8Array;
}
