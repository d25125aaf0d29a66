import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import { matchesPattern } from "../../protocol/permissions.ts";
import { ROLES } from "../../protocol/role.ts";
import { SERVICES } from "../../protocol/services/index.ts";
import { mintCoreUser, userPermissions } from "../../runtime/identity/index.ts";
import { currentNatsServer, debianNatsServer } from "../provision/nats.ts";
import { startTrustedServer, TEST_NET, type TrustedServer } from "../support/trusted-server.ts";
import { isDeclared, type Tried } from "./declared.ts";
import { type Attempt, refusedAttempts } from "./probe.ts";
import { interestingSubjects } from "./subjects.ts";

const contract = { net: TEST_NET, services: SERVICES };
const attempts: Attempt[] = interestingSubjects(TEST_NET, SERVICES).flatMap((subject) => [
  { direction: "publish", subject },
  { direction: "subscribe", subject },
]);
const users: Tried[] = [
  ...ROLES.filter((role) => role !== "miner").map((role) => ({ ...contract, role, name: role })),
  { ...contract, role: "miner", name: "17" },
  { ...contract, role: "miner", name: "18" },
];
const found = { "Debian's": await debianNatsServer(), current: await currentNatsServer() };

for (const [which, tool] of Object.entries(found)) {
  describe.skipIf(tool.missing !== undefined)(`permissions on the ${which} nats-server`, () => {
    let trusted: TrustedServer;
    beforeAll(async () => {
      trusted = await startTrustedServer(tool.path ?? "");
    });
    afterAll(() => trusted?.[Symbol.asyncDispose]());

    for (const user of users) {
      test(`${user.role} ${user.name} may do what is declared, and nothing else`, async () => {
        const nkey = createUser();
        const nkeyPublic = nkey.getPublicKey();
        const jwt =
          user.role === "miner"
            ? await trusted.minerToken(Number(user.name), nkeyPublic)
            : await mintCoreUser(trusted.keys, { kind: user.role, nkeyPublic });
        const refused = await refusedAttempts({
          port: trusted.server.port,
          jwt,
          seed: nkey.getSeed(),
          attempts,
        });
        const text = ({ direction, subject }: Attempt) => `${direction} ${subject}`;
        const allowed = attempts.filter((attempt) => !refused.has(text(attempt))).map(text);
        const declared = attempts.filter((attempt) => isDeclared(user, attempt)).map(text);
        expect(allowed).toEqual(declared);
        // Guards the test itself: something was allowed, and most was not.
        expect(declared.length).toBeGreaterThan(0);
        expect(refused.size).toBeGreaterThan(attempts.length / 2);
      });
    }
  });
}

test("a subscription to `a.>`, which the server admits where `a.*` is allowed, hears nothing more", () => {
  const concrete = new Set(attempts.map(({ subject }) => subject).filter((subject) => !/[*>]/.test(subject)));
  const declared = [...concrete].filter((subject) =>
    users.some((by) => isDeclared(by, { direction: "publish", subject })),
  );
  expect(declared.length).toBeGreaterThan(100);
  for (const user of users) {
    const open = userPermissions(user.role, contract, user.name).subscribe.filter((pattern) =>
      pattern.endsWith(".*"),
    );
    expect(open.length).toBeGreaterThan(0);
    const longer = open.map((pattern) => `${pattern}.>`);
    expect(declared.filter((subject) => longer.some((pattern) => matchesPattern(pattern, subject)))).toEqual(
      [],
    );
  }
});

test("no declaration lets a miner reach the server's own subjects or another miner's", () => {
  const miner = users.find(({ name }) => name === "17")!;
  const declared = attempts.filter((attempt) => isDeclared(miner, attempt)).map(({ subject }) => subject);
  const forbidden = /^\$|\.miner\..*18|_INBOX\.18/;
  expect(declared.filter((subject) => forbidden.test(subject))).toEqual([]);
});
