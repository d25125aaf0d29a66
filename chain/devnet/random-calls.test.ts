/** Whatever is called by whomever, what the chain rests on stays true, and no call ends in anything but an error of the chain. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeFront } from "../scale/decode.ts";
import type { RuntimeCall } from "./declare/index.ts";
import { runtimeCall } from "./pallets/runtime-types.ts";
import { RandomValues } from "./random-values.fixture.ts";
import { expectSound } from "./sound-chain.fixture.ts";
import { oneSubnet, testChain } from "./test-chain.fixture.ts";

const NAMES = [
  ...["//Alice", "//Owner", "//Rich", "//Val", "//Val/hot"],
  ...["//Miner0", "//Miner0/hot", "//Miner1", "//Miner1/hot"],
];
const ROOT = Array<string>(NAMES.length).fill("root");

/** Several chains, many calls on each; what a call should never throw, the chain throws here. */
async function expectSoundAfterCallsFrom(callers: readonly string[]): Promise<void> {
  const chain = await testChain({ genesis: oneSubnet() });
  const random = new RandomValues([...NAMES.map((name) => chain.account(name)), chain.stranger(1)]);
  const step = fc.record({
    who: fc.constantFrom(...callers),
    call: random
      .call(runtimeCall.shape)
      .map((bytes): RuntimeCall => decodeFront(runtimeCall.codec, bytes).value),
    blocks: fc.nat({ max: 3 }),
  });
  let succeeded = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 100 }), async (steps) => {
      const chain = await testChain({ genesis: oneSubnet() });
      for (const { who, call, blocks } of steps) {
        const { type, value } = call;
        const failure = chain.call(who, `${type}.${value.type}`, value.value as Record<string, unknown>);
        if (failure === undefined) succeeded++;
        chain.advance(blocks);
      }
      expectSound(chain);
    }),
    { numRuns: 30, endOnFailure: true },
  );
  expect(succeeded).toBeGreaterThan(100);
}

test("random extrinsics of anybody", () => expectSoundAfterCallsFrom(NAMES), 60_000);
test("random extrinsics, half of them root's", () => expectSoundAfterCallsFrom([...NAMES, ...ROOT]), 60_000);
