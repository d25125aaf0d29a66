import { clockContract } from "../../test/contract/clock.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createSystemClock } from "./system-clock.ts";

clockContract("system clock", () => {
  const clock = createSystemClock();
  return { clock, pass: (ms) => clock.sleep(ms) };
});

clockContract("manual clock", () => {
  const clock = manualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});
