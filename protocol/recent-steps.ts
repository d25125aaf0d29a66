/** Tokens per second are told for steps of so many milliseconds, of the last two minutes. The dashboard shares this. */
export const RECENT_STEP_MS = 2_000;
export const RECENT_STEPS = 60;
