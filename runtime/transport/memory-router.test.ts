import { expect, test } from "bun:test";
import fc from "fast-check";
import { matchesPattern } from "../../protocol/permissions.ts";
import { SubjectRouter } from "./memory-router.ts";

const token = fc.constantFrom("a", "b", "c");
const subjects = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join("."));
const patterns = fc
  .tuple(fc.array(fc.oneof(token, fc.constant("*")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, tail]) => [...tokens, ...(tail ? [">"] : [])].join("."));

test("routes to exactly the patterns that match, also after some were removed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(patterns, fc.boolean()), { maxLength: 20 }),
      fc.array(subjects, { maxLength: 20 }),
      (subscriptions, asked) => {
        const router = new SubjectRouter<string>();
        const names = subscriptions.map(([pattern], index) => ({ pattern, name: `${index}:${pattern}` }));
        const removals = names.map(({ pattern, name }) => router.add(pattern, name));
        const left = names.filter((_, index) => {
          if (subscriptions[index]![1]) return true;
          removals[index]!();
          return false;
        });
        for (const subject of asked) {
          const got: string[] = [];
          router.route(subject, (name) => got.push(name));
          const wanted = left.filter(({ pattern }) => matchesPattern(pattern, subject));
          expect(got.sort()).toEqual(wanted.map(({ name }) => name).sort());
        }
      },
    ),
  );
});

test("gives each queue group one copy, in turn, also when its members use different patterns", () => {
  const router = new SubjectRouter<string>();
  router.add("a.b", "exact", "q");
  router.add("a.*", "star", "q");
  router.add("a.>", "other", "p");
  const got: string[] = [];
  for (let n = 0; n < 4; n++) router.route("a.b", (name) => got.push(name));
  expect(got.filter((name) => name === "other").length).toBe(4);
  expect(got.filter((name) => name === "exact").length).toBe(2);
  expect(got.filter((name) => name === "star").length).toBe(2);
});

test("counts who heard, so that nobody is told apart from somebody", () => {
  const router = new SubjectRouter<string>();
  const remove = router.add("a.b", "x");
  expect(router.route("a.b", () => {})).toBe(1);
  remove();
  expect(router.route("a.b", () => {})).toBe(0);
});
