/** What every clock does. `pass` lets that much time go by: by waiting, or by moving a virtual clock. */
import { expect, test } from "bun:test";
import type { Clock } from "../../runtime/ports/clock.ts";
import { rejection } from "../support/rejection.ts";

export function clockContract(
  name: string,
  make: () => { clock: Clock; pass(ms: number): Promise<void> },
): void {
  test(`${name}: time moves forward on both faces`, async () => {
    const { clock, pass } = make();
    const [wall, monotonic] = [clock.now(), clock.monotonic()];
    await pass(5);
    expect(clock.now()).toBeGreaterThan(wall);
    expect(clock.monotonic() - monotonic).toBeGreaterThanOrEqual(4.9);
  });

  test(`${name}: calls back once, in order of time, and equal times in order of asking`, async () => {
    const { clock, pass } = make();
    const fired: string[] = [];
    clock.after(12, () => fired.push("late"));
    clock.after(2, () => fired.push("first"));
    clock.after(2, () => fired.push("second"));
    clock.after(0, () => fired.push("now"));
    expect(fired).toEqual([]);
    await pass(40);
    expect(fired).toEqual(["now", "first", "second", "late"]);
  });

  test(`${name}: a cancelled timer never calls back`, async () => {
    const { clock, pass } = make();
    const fired: string[] = [];
    const timers = [clock.after(1, () => fired.push("after")), clock.every(1, () => fired.push("every"))];
    for (const timer of timers) timer.cancel();
    await pass(15);
    expect(fired).toEqual([]);
  });

  test(`${name}: a periodic timer can cancel itself`, async () => {
    const { clock, pass } = make();
    let count = 0;
    const timer = clock.every(1, () => {
      count++;
      if (count === 3) timer.cancel();
    });
    await pass(30);
    expect(count).toBe(3);
  });

  test(`${name}: a sleep ends early, as cancelled, when its signal aborts`, async () => {
    const { clock, pass } = make();
    const stop = new AbortController();
    const slept = rejection(clock.sleep(3_600_000, stop.signal));
    await pass(1);
    stop.abort();
    expect((await slept).code).toBe("cancelled");
    expect((await rejection(clock.sleep(1, stop.signal))).code).toBe("cancelled");
  });

  test(`${name}: a delay beyond 2^31 ms does not fire at once`, async () => {
    const { clock, pass } = make();
    let fired = false;
    const timer = clock.after(2 ** 31 + 5, () => {
      fired = true;
    });
    await pass(10);
    expect(fired).toBe(false);
    timer.cancel();
  });
}
