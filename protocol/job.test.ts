import { expect, test } from "bun:test";
import { jobId, jobKey } from "./job.ts";

const key = { subnet: "tiny", round: 3, task: "sum-0", submission: "u1-ab", attempt: 2 };

test("a job's id reads back as its key, also after a replay", () => {
  expect(jobKey(jobId(key))).toEqual(key);
  expect(jobKey(`${jobId(key)}/replay-0a1b`)).toEqual(key);
});

test.each(["", "tiny/3/sum-0/u1-ab", "tiny/x/sum-0/u1-ab/1", "tiny/3/sum-0//1", "tiny/3/sum-0/u1-ab/0"])(
  "%j is no job's id",
  (id) => {
    expect(() => jobKey(id)).toThrow("this is no job's id");
  },
);
