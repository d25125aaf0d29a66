import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "./failure.ts";
import { matchesPattern, permissionTable, rolePermissions } from "./permissions.ts";
import { ROLES } from "./role.ts";
import { SERVICES } from "./services/index.ts";
import { controlSubject, methodSubject, resultSubject } from "./subject.ts";

const scope = { net: "test", services: SERVICES };
const miner = (uid: number | string) => rolePermissions("miner", { ...scope, uid });
const allows = (patterns: readonly string[], subject: string) =>
  patterns.some((pattern) => matchesPattern(pattern, subject));

/** Every subject of ours: what a role could try, with two miners, two streams and two requesters. */
const SUBJECTS = SERVICES.flatMap((service) =>
  Object.entries(service.methods).flatMap(([name, method]) => {
    const keys = method.key === undefined ? [undefined] : ["17", "18"];
    return keys.flatMap((key) => [
      { service, method, key, channel: "call", subject: methodSubject("test", service, name, key) },
      ...(method.kind === "job"
        ? [{ service, method, key, channel: "done", subject: resultSubject("test", service, name, "me") }]
        : []),
      ...(method.kind === "stream"
        ? [
            {
              service,
              method,
              key,
              channel: "ctl",
              subject: controlSubject("test", service, name, key, "s1"),
            },
          ]
        : []),
    ]);
  }),
);

describe("permissions", () => {
  test("of a miner are its own subjects, the blobs, the chain, and nothing else", () => {
    expect(miner(17)).toEqual({
      publish: [
        "orr.test.blobs.v1.read.*",
        "orr.test.blobs.v1.read_ctl.*.*",
        "orr.test.chain.v1.blockHash",
        "orr.test.chain.v1.blockHash_ctl.*",
        "orr.test.chain.v1.head",
        "orr.test.chain.v1.head_ctl.*",
        "orr.test.chain.v1.metagraph",
        "orr.test.chain.v1.metagraph_ctl.*",
        "orr.test.chain.v1.params",
        "orr.test.chain.v1.params_ctl.*",
      ],
      subscribe: [
        "_INBOX.17.>",
        "orr.test.miner.v1.answer.17",
        "orr.test.miner.v1.answer_ctl.17.*",
        "orr.test.miner.v1.card.17",
        "orr.test.miner.v1.card_ctl.17.*",
        "orr.test.miner.v1.generate.17",
        "orr.test.miner.v1.generate_ctl.17.*",
        "orr.test.miner.v1.submission.17",
        "orr.test.miner.v1.submission_ctl.17.*",
      ],
      answers: true,
    });
  });

  test("keep every subject that carries sealed parts from every miner", () => {
    const { publish, subscribe } = miner(17);
    for (const { service, subject } of SUBJECTS.filter(({ service }) => service.name === "scorer")) {
      expect([service.name, allows(publish, subject), allows(subscribe, subject)]).toEqual([
        "scorer",
        false,
        false,
      ]);
    }
  });

  test("allow each role exactly what the services declare, on every subject", () => {
    for (const role of ROLES) {
      const granted = rolePermissions(role, { ...scope, uid: 17 });
      for (const { service, method, key, channel, subject } of SUBJECTS) {
        const foreign = role === "miner" && method.key === "uid" && key !== "17";
        const serves = service.servedBy.includes(role) && !foreign;
        const calls = method.calledBy.includes(role) && !foreign;
        // Events and results flow from server to caller, everything else from caller to server.
        const outward = method.kind === "event" || channel === "done";
        expect({ role, subject, publish: allows(granted.publish, subject) }).toEqual({
          role,
          subject,
          publish: outward ? serves : calls,
        });
        expect({ role, subject, subscribe: allows(granted.subscribe, subject) }).toEqual({
          role,
          subject,
          subscribe: outward ? calls : serves,
        });
      }
    }
  });

  test("of two miners share no subject that either listens on", () => {
    fc.assert(
      fc.property(fc.nat(65_535), fc.nat(65_535), (a, b) => {
        fc.pre(a !== b);
        const theirs = new Set(miner(b).subscribe);
        expect(miner(a).subscribe.filter((pattern) => theirs.has(pattern))).toEqual([]);
      }),
    );
  });

  test("leave a placeholder for the server to fill in, and take nothing else that is not a token", () => {
    expect(miner("{{name()}}").subscribe).toContain("orr.test.miner.v1.answer.{{name()}}");
    for (const uid of [">", "*", "1.2", "", " ", "{{name()}}.>"]) expect(() => miner(uid)).toThrow(Failure);
  });

  test("let only who serves requests or streams answer on foreign inboxes", () => {
    const table = permissionTable(scope);
    const answering = ROLES.filter((role) => table[role].answers);
    expect(answering).toEqual(["miner", "validator", "sandbox", "model", "registry", "chain"]);
  });

  test("give no role a pattern that reaches beyond one method", () => {
    for (const { publish, subscribe } of Object.values(permissionTable(scope))) {
      for (const pattern of [...publish, ...subscribe]) {
        expect(pattern).toMatch(
          /^(_INBOX\.[a-z*-]+\.>|orr\.test\.[a-z-]+\.v\d+\.[a-zA-Z]+(_ctl|_done)?(\.\*){0,2})$/,
        );
      }
    }
  });
});

describe("pattern matching", () => {
  for (const [pattern, subject, matches] of [
    ["a.*", "a.b", true],
    ["a.*", "a", false],
    ["a.*", "a.b.c", false],
    ["a.>", "a.b.c", true],
    ["a.>", "a", false],
    ["a.b", "a.b", true],
    ["a.b", "a.b.c", false],
    ["*.b", "a.c", false],
  ] as const) {
    test(`${pattern} ${matches ? "matches" : "does not match"} ${subject}`, () => {
      expect(matchesPattern(pattern, subject)).toBe(matches);
    });
  }
});
