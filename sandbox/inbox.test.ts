import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../runtime/simulation/virtual-clock.ts";
import { Complaint, Inbox } from "./inbox.ts";

describe("an inbox", () => {
  test("hands over what is there, in order, and waits for as many as are asked for", async () => {
    const inbox = new Inbox<number>(new VirtualClock(0));
    inbox.push([1, 2, 3]);
    expect(await inbox.take(2, 100)).toEqual([1, 2]);
    const waiting = inbox.take(2, 100);
    inbox.push([4]);
    expect(await waiting).toEqual([3, 4]);
  });

  test("tells a deadline, and keeps what came for the next to ask", async () => {
    const clock = new VirtualClock(0);
    const inbox = new Inbox<number>(clock);
    inbox.push([1]);
    const waiting = inbox.take(2, 100);
    await clock.advance(100);
    expect(await waiting).toBe("deadline");
    expect(await inbox.take(1, 100)).toEqual([1]);
  });

  test("tells the end only when nothing is left, with its first cause", async () => {
    const inbox = new Inbox<number>(new VirtualClock(0));
    inbox.push([1]);
    inbox.end(new Error("first"));
    inbox.end(new Error("second"));
    expect(await inbox.take(1, 100)).toEqual([1]);
    expect(await inbox.take(1, 100)).toBe("ended");
    expect(String(inbox.cause)).toBe("Error: first");
  });

  test("lets go of who is cancelled, at any moment", async () => {
    const inbox = new Inbox<number>(new VirtualClock(0));
    inbox.push([1]);
    expect(await inbox.take(1, 100, AbortSignal.abort())).toBe("aborted");
    const abort = new AbortController();
    const waiting = inbox.take(2, 100, abort.signal);
    abort.abort();
    expect(await waiting).toBe("aborted");
  });
});

test("of complaints the beginning is kept, also when a character comes in two parts", () => {
  const complaint = new Complaint();
  const bytes = new TextEncoder().encode("é");
  complaint.hear(bytes.subarray(0, 1));
  complaint.hear(bytes.subarray(1));
  for (let times = 0; times < 100; times++) complaint.hear(new TextEncoder().encode("x".repeat(1_000)));
  expect(complaint.text).toBe(`é${"x".repeat(499)}`);
});
