import { expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import { tinySubnet } from "../../test/support/tiny-subnet.ts";
import { prepareSubnet } from "../loaded-subnet.ts";
import { drawRound } from "./draw.ts";

const failureOf = (draw: typeof tinySubnet.draw): Failure => {
  const subnet = prepareSubnet({ ...tinySubnet, draw }, { params: {} });
  try {
    drawRound(subnet, { round: 1, seed: "00" });
  } catch (thrown) {
    return Failure.from(thrown);
  }
  throw new Error("it should have failed");
};

test("a mechanism whose draw throws is named, and where it threw is kept for whoever has written it", () => {
  const cause = new ReferenceError("itemz is not defined");
  const failure = failureOf(() => {
    throw cause;
  });
  expect(failure).toMatchObject({ code: "defect", message: "tiny.draw failed: itemz is not defined" });
  expect(failure.cause).toBe(cause);
});

test("a task that breaks the mechanism's own schema is named", () => {
  const failure = failureOf(() => [{ id: "a", kind: "sum", public: {}, sealed: {} as never }]);
  expect(failure).toMatchObject({ code: "defect", meta: { task: "a", kind: "sum" } });
});
