import { expect, test } from "bun:test";
import { VirtualClock } from "../../../runtime/simulation/virtual-clock.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { Bodies } from "./bodies.ts";

const clock = new VirtualClock();
const KIB = 1024;

/** A request whose body is what is pushed, until it is ended. */
function trickle() {
  let push: (bytes: Uint8Array) => void = () => {};
  let end = (): void => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      push = (bytes) => controller.enqueue(bytes);
      end = () => controller.close();
    },
  });
  return { request: new Request("http://gateway/", { method: "POST", body }), push, end };
}
const whole = (size: number) => {
  const { request, push, end } = trickle();
  push(new Uint8Array(size));
  end();
  return request;
};
const sizeOf = async (body: Uint8Array) => body.length;

test("a body within its limit is worked with, one above it is refused", async () => {
  const bodies = new Bodies({ clock });
  expect(await bodies.reading(whole(10), 10, sizeOf)).toBe(10);
  expect((await rejection(bodies.reading(whole(11), 10, sizeOf))).code).toBe("too-large");
  expect(await bodies.reading(new Request("http://gateway/"), 0, sizeOf)).toBe(0);
});

test("all bodies together have a bound, and what is done with no longer counts", async () => {
  const bodies = new Bodies({ clock, together: 100 });
  const held = Promise.withResolvers<void>();
  const first = bodies.reading(whole(80), 100, () => held.promise);
  await Bun.sleep(0);
  expect((await rejection(bodies.reading(whole(40), 100, sizeOf))).code).toBe("overloaded");
  expect(await bodies.reading(whole(20), 100, sizeOf)).toBe(20);
  held.resolve();
  await first;
  expect(await bodies.reading(whole(90), 100, sizeOf)).toBe(90);
  const failing = bodies.reading(whole(90), 100, () => Promise.reject(new Error("of the work")));
  await failing.catch(() => {});
  expect(await bodies.reading(whole(90), 100, sizeOf)).toBe(90);
});

test("one that trickles in is given up, a long one that keeps coming is not", async () => {
  const bodies = new Bodies({ clock });
  const slow = trickle();
  const waiting = rejection(bodies.reading(slow.request, 1_000_000, sizeOf));
  for (let n = 0; n < 5; n++) {
    slow.push(Uint8Array.of(1));
    await Bun.sleep(0);
    await clock.advance(10_000);
  }
  expect((await waiting).code).toBe("timeout");
  const long = trickle();
  const read = bodies.reading(long.request, 100 * KIB * KIB, sizeOf);
  for (let n = 0; n < 5; n++) {
    long.push(new Uint8Array(KIB * KIB));
    await Bun.sleep(0);
    await clock.advance(15_000);
  }
  long.end();
  expect(await read).toBe(5 * KIB * KIB);
});
