/** How a scripted model behaves: well, badly, or not at all. */

/** Pure: the same text always gets the same answer. */
export type Answer = (text: string) => string;

export type ScriptedBehaviour =
  /** Answers as it is told. */
  | { readonly type: "perfect" }
  /** Gets this share of the words wrong, and its probabilities are a little off, as from other hardware. */
  | { readonly type: "noisy"; readonly rate: number }
  /** Takes its time on the clock. */
  | { readonly type: "slow"; readonly prefillTokensPerSecond: number; readonly tokensPerSecond: number }
  /** Shows the card of a good model and runs another one: other answers, other probabilities, more usage than there was. */
  | { readonly type: "lying"; readonly answer: Answer }
  /** Dies after this many chunks; loading it again brings it back. */
  | { readonly type: "crashing"; readonly afterChunks: number }
  /** Refuses every request. */
  | { readonly type: "refusing" };
