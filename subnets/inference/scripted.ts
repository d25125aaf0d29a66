/** How miners of a model behave in simulation: two in three are honest, the others try one of the ways not to be. */

const TRICKS = [
  ...(["requantised", "lying", "other-model", "replaying"] as const),
  ...(["refusing", "silent", "garbled", "hanging"] as const),
];
/** Every so many is no honest miner. */
const EVERY = 3;

/** `nth` is the miner's place among all, `skill` how fast its machine is. */
export function scriptedModel({ nth, skill }: { nth: number; skill: number }) {
  const trick = nth % EVERY === EVERY - 1 ? TRICKS[Math.floor(nth / EVERY) % TRICKS.length] : undefined;
  return {
    conduct: trick ?? ("honest" as const),
    prefillTokensPerSecond: 500 + 4_500 * skill,
    tokensPerSecond: 20 + 80 * skill,
  };
}
