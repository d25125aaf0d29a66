/** Prompts that nobody has read before: plain sentences of the round's own chance. */
import type { DrawRandom } from "../../protocol/subnet.ts";

const WHO = [
  "baker",
  "pilot",
  "gardener",
  "clockmaker",
  "teacher",
  "sailor",
  "painter",
  "miner",
  "doctor",
  "farmer",
];
const WHAT = [
  "a lantern",
  "the old map",
  "a copper bell",
  "nine letters",
  "a broken clock",
  "the red door",
  "some bread",
];
const DOES = [
  "finds",
  "repairs",
  "hides",
  "paints",
  "carries",
  "forgets",
  "sells",
  "remembers",
  "counts",
  "follows",
];
const WHERE = [
  "by the river",
  "in the harbour",
  "under the bridge",
  "at the market",
  "behind the mill",
  "on the hill",
];
const HOW = [
  "slowly",
  "in the rain",
  "before dawn",
  "without a word",
  "for the third time",
  "with great care",
];

/** About this many words, and then a question that goes on. */
export function drawPrompt(random: DrawRandom, words: number): string {
  const number = 100 + random.integer(900);
  const sentences = [`Story ${number}.`];
  for (let count = 2; count < words; count = sentences.join(" ").split(" ").length) {
    const [who, does, what] = [random.pick(WHO), random.pick(DOES), random.pick(WHAT)];
    sentences.push(`The ${who} ${does} ${what} ${random.pick(WHERE)} ${random.pick(HOW)}.`);
  }
  return `${sentences.join(" ")} What the ${random.pick(WHO)} said about it:`;
}
