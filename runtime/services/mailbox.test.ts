import { expect, test } from "bun:test";
import { Mailbox } from "./mailbox.ts";

const mailbox = { capacity: 100_000, overload: "reject" } as const;

test("runs as many at once as it may, the rest in order as others end", async () => {
  const running: number[] = [];
  const box = new Mailbox<number>(
    { concurrency: 2, mailbox },
    (item) => void running.push(item),
    () => {},
  );
  for (const item of [1, 2, 3, 4]) box.offer(item);
  expect(running).toEqual([1, 2]);
  box.done();
  expect([running, box.running, box.waiting]).toEqual([[1, 2, 3], 2, 1]);
  const idle = box.whenIdle();
  for (let ended = 0; ended < 3; ended++) box.done();
  await idle;
  expect([running, box.running, box.waiting]).toEqual([[1, 2, 3, 4], 0, 0]);
});

test("items that end as soon as they start do not pile up on the stack", async () => {
  let ran = 0;
  let first = true;
  const box: Mailbox<number> = new Mailbox<number>(
    { concurrency: 1, mailbox },
    () => {
      ran++;
      if (first) first = false;
      else box.done();
    },
    () => {},
  );
  for (let item = 0; item < 100_000; item++) box.offer(item);
  expect(ran).toBe(1);
  const idle = box.whenIdle();
  box.done();
  await idle;
  expect(ran).toBe(100_000);
});
