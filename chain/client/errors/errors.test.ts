import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../protocol/failure.ts";
import { dispatchFailure } from "./dispatch-failure.ts";
import { poolFailure } from "./pool-failure.ts";
import { SUBTENSOR_ERRORS } from "./subtensor-errors.ts";

const refusedBy = (rpcCode: number, rpcData?: string) =>
  poolFailure(
    new Failure("refused", "Invalid Transaction", {
      meta: { method: "author_submitExtrinsic", rpcCode, ...(rpcData === undefined ? {} : { rpcData }) },
    }),
  );

describe("dispatch errors", () => {
  test("each of subtensor's 147 has a name and a remedy", () => {
    expect(SUBTENSOR_ERRORS).toHaveLength(147);
    for (const name of SUBTENSOR_ERRORS) {
      const failure = dispatchFailure({ pallet: "SubtensorModule", name });
      expect(failure.message).toBe(name);
      expect(failure.hint).toMatch(/^[A-Z].{10,}\.$/);
      expect(failure.meta).toMatchObject({ pallet: "SubtensorModule", error: name });
    }
  });

  test("what is too early may be tried again; what is wrong may not", () => {
    const retryable = (name: string) => dispatchFailure({ pallet: "SubtensorModule", name }).retryable;
    for (const name of ["SettingWeightsTooFast", "CommittingWeightsTooFast", "RevealTooEarly"])
      expect(retryable(name)).toBe(true);
    for (const name of ["NeuronNoValidatorPermit", "UidVecContainInvalidOne", "IncorrectWeightVersionKey"])
      expect(retryable(name)).toBe(false);
  });

  test("one that nobody here has heard of keeps its name and what the metadata says", () => {
    const failure = dispatchFailure({ pallet: "SubtensorModule", name: "BrandNew", docs: "It is new." });
    expect(failure).toMatchObject({ code: "refused", message: "BrandNew", hint: "It is new." });
    expect(dispatchFailure({ pallet: "Elsewhere", name: "constructor" }).hint).toContain("no remedy");
    expect(dispatchFailure({ pallet: "", name: "BadOrigin" }).code).toBe("unauthorised");
  });

  const dump = join(import.meta.dir, "../../../../shared/chain/dump-424.txt");
  test.skipIf(!existsSync(dump))("the names are those of the real metadata of spec 424", () => {
    const text = readFileSync(dump, "utf8");
    const module = text.slice(text.indexOf("## SubtensorModule"));
    const errors = module.slice(module.indexOf("### errors"), module.indexOf("### events"));
    const names = [...errors.matchAll(/\[\d+\] (\w+)/g)].map(([, name]) => name ?? "");
    expect([...SUBTENSOR_ERRORS]).toEqual(names);
  });
});

describe("refusals of the pool", () => {
  test.each([
    [6, "RateLimitExceeded", "refused", true],
    [1, "StakeAmountTooLow", "refused", false],
    [10, "HotKeyNotRegisteredInNetwork", "unauthorised", false],
    [15, "InvalidRevealRound", "malformed", false],
    [17, "CommitBlockNotInRevealRange", "refused", true],
  ] as const)("custom error %i is %s", (number, message, code, retryable) => {
    expect(refusedBy(1010, `Custom error: ${number}`)).toMatchObject({
      ...{ message, code, retryable },
      meta: { rpcCode: 1010, custom: number },
    });
  });

  test("each custom error of subtensor has a remedy", () => {
    for (const number of [...Array.from({ length: 28 }, (_, at) => at), 255]) {
      const failure = refusedBy(1010, `Custom error: ${number}`);
      expect(failure.message).not.toBe("InvalidTransaction");
      expect(failure.hint).toMatch(/^[A-Z].{10,}\.$/);
    }
  });

  test.each([
    [1010, "Transaction is outdated", "StaleNonce", "conflict"],
    [1010, "Transaction has a bad signature", "BadSignature", "refused"],
    [1010, "Inability to pay some fees (e.g. account balance too low)", "CannotPayFees", "refused"],
    [1010, "Transaction will be valid in the future", "FutureNonce", "conflict"],
    [1010, "something new", "InvalidTransaction", "refused"],
    [1012, undefined, "TemporarilyBanned", "refused"],
    [1013, "0xabc", "AlreadyImported", "conflict"],
    [1014, "The transaction has too low priority", "PriorityTooLow", "conflict"],
    [1016, undefined, "ImmediatelyDropped", "refused"],
  ])("%i %s is %s", (rpcCode, data, message, code) => {
    const failure = refusedBy(rpcCode, data);
    expect({ message: failure.message, code: failure.code as string }).toEqual({ message, code });
    expect(failure.hint).toBeString();
  });

  test("what is none of the pool's comes back as it is", () => {
    const other = new Failure("timeout", "the node did not answer in time");
    expect(poolFailure(other)).toBe(other);
    expect(refusedBy(-32_601).message).toBe("Invalid Transaction");
  });
});
