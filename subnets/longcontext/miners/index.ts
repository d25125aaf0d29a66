/** The five demo miners of `npm start`: what each hands in, and how each answers. */
import type { Program } from "../../../protocol/submission.ts";
import cheat from "./cheat.py" with { type: "text" };
import crash from "./crash.py" with { type: "text" };
import good from "./good.py" with { type: "text" };
import loop from "./loop.py" with { type: "text" };
import type { Personality } from "./personality.ts";
import sloppy from "./sloppy.py" with { type: "text" };

export { PERSONALITIES, type Personality } from "./personality.ts";
export { answerer } from "./reading.ts";

const SOURCES: Readonly<Record<Personality, string>> = { good, sloppy, crash, loop, cheat };

/** The submission of a demo miner for kind `code`: one file with all functions. */
export const programOf = (personality: Personality): Program => ({
  runtime: "python",
  entry: `${personality}.py`,
  files: { [`${personality}.py`]: SOURCES[personality] },
});
