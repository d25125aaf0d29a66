/** Hyperparameters: who may set them, when, and within which bounds. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../../../protocol/failure.ts";
import { oneSubnet, type TestChain, testChain } from "../../test-chain.fixture.ts";
import { S } from "../subtensor/storage.ts";
import { blocksUntilEpoch } from "../subtensor/subnets.ts";

const immunity = (chain: TestChain, who: string, blocks = 77, netuid = 1) =>
  chain.call(who, "AdminUtils.sudo_set_immunity_period", { netuid, immunity_period: blocks });

/** On to a block in which owners may change things. */
const intoWindow = (chain: TestChain) => {
  const { state } = chain;
  while ((blocksUntilEpoch(chain, 1) ?? 0n) < BigInt(state.get(S.AdminFreezeWindow)) + 1n) chain.advance();
};

describe("an owner", () => {
  test("sets what owners may, and that is told", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    intoWindow(chain);
    expect(immunity(chain, "//Owner")).toBeUndefined();
    expect(chain.state.get(S.ImmunityPeriod, 1)).toBe(77);
    expect(chain.events.at(-1)).toEqual({ name: "SubtensorModule.ImmunityPeriodSet", value: [1, 77] });
  });

  test("waits before setting the same again, not before setting another", async () => {
    const chain = await testChain({
      genesis: { ...oneSubnet(), hyperparameters: { owner_hyperparam_rate_limit: 2 } },
    });
    intoWindow(chain);
    expect(immunity(chain, "//Owner")).toBeUndefined();
    expect(immunity(chain, "//Owner")).toBe("TxRateLimitExceeded");
    const rho = { netuid: 1, rho: 5 };
    expect(chain.call("//Owner", "AdminUtils.sudo_set_rho", rho)).toBeUndefined();
    chain.advance(21);
    intoWindow(chain);
    expect(immunity(chain, "//Owner")).toBeUndefined();
  });

  test("changes nothing in the blocks before an epoch; root may", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    while ((blocksUntilEpoch(chain, 1) ?? 0n) >= BigInt(chain.state.get(S.AdminFreezeWindow)))
      chain.advance();
    expect(immunity(chain, "//Owner")).toBe("AdminActionProhibitedDuringWeightsWindow");
    const rate = { netuid: 1, weights_set_rate_limit: 9n };
    expect(chain.call("root", "AdminUtils.sudo_set_weights_set_rate_limit", rate)).toBeUndefined();
  });

  test("of another subnet, or nobody, is no owner", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    intoWindow(chain);
    expect(immunity(chain, "//Rich")).toBe("BadOrigin");
    expect(immunity(chain, "//Owner", 77, 9)).toBe("BadOrigin");
    expect(immunity(chain, "root", 77, 9)).toBe("SubnetDoesNotExist");
    const rate = { netuid: 1, weights_set_rate_limit: 9n };
    expect(chain.call("//Owner", "AdminUtils.sudo_set_weights_set_rate_limit", rate)).toBe("BadOrigin");
  });
});

describe("sudo", () => {
  test("runs a call as root, and tells how that ended", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    const sudo = (who: string, netuid: number) =>
      chain.call(who, "Sudo.sudo", {
        call: { type: "AdminUtils", value: { type: "sudo_set_tempo", value: { netuid, tempo: 20 } } },
      });
    expect(sudo("//Rich", 1)).toBe("RequireSudo");
    expect(sudo("//Alice", 1)).toBeUndefined();
    expect(chain.state.get(S.Tempo, 1)).toBe(20);
    expect(sudo("//Alice", 9)).toBeUndefined();
    expect(chain.events.at(-1)).toMatchObject({
      name: "Sudo.Sudid",
      value: { sudo_result: { type: "Err" } },
    });
  });
});

describe("devnet_set", () => {
  const failure = (chain: TestChain, ...change: Parameters<TestChain["set"]>): Failure => {
    try {
      chain.set(...change);
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
    throw new Error("it was taken");
  };

  test("takes names in either spelling, and numbers beyond doubles as strings", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    chain.set("weightsRateLimit", 3, 1);
    chain.set("stake_threshold", "18446744073709551615");
    chain.set("tempo", 7);
    expect(chain.state.get(S.WeightsSetRateLimit, 1)).toBe(3n);
    expect(chain.state.get(S.StakeThreshold)).toBe(2n ** 64n - 1n);
    expect(chain.state.get(S.Tempo, 1)).toBe(7);
  });

  test("tells what it does not know, and what does not fit", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    expect(failure(chain, "nope", 1).hint).toStartWith("Known are tempo, ");
    expect(failure(chain, "immunity", 1)).toMatchObject({
      code: "not-found",
      hint: "Near it are immunity_period.",
    });
    expect(failure(chain, "constructor", 1)).toMatchObject({ code: "not-found" });
    expect(failure(chain, "immunity_period", 1, 9)).toMatchObject({ code: "not-found" });
    for (const value of [70_000, -1, 1.5, "x", true, null, {}, undefined])
      expect(failure(chain, "immunity_period", value, 1)).toMatchObject({ code: "malformed" });
    expect(failure(chain, "tempo", 65_536, 1)).toMatchObject({ code: "malformed" });
    expect(failure(chain, "stake_threshold", "18446744073709551616")).toMatchObject({ code: "malformed" });
  });
});
