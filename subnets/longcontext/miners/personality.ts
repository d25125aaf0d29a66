/** What kinds of miners there are in the demo. */
export const PERSONALITIES = ["good", "sloppy", "crash", "loop", "cheat"] as const;
export type Personality = (typeof PERSONALITIES)[number];
