/** Runtime APIs, read as a client reads them: by the metadata. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { silentLogger } from "../../../cli/terminal/cli-logger.ts";
import { Failure } from "../../../protocol/failure.ts";
import { VirtualClock } from "../../../runtime/simulation/virtual-clock.ts";
import { publicKeyOf } from "../../keys/index.ts";
import { ChainTypes } from "../../scale/chain-types.ts";
import { toHex } from "../../scale/hex.ts";
import type { AccountId } from "../declare/index.ts";
import { openDevnet } from "../devnet.ts";
import { RandomValues } from "../random-values.fixture.ts";
import { palletApis } from "./index.ts";

const genesis = {
  startAt: 1_700_000_000_000,
  accounts: [{ uri: "//Alice", tao: 1_000 }],
  subnets: [
    {
      netuid: 1,
      owner: "//Alice",
      name: "First",
      hyperparameters: { max_validators: 1 },
      neurons: [
        { hotkey: "//Val/hot", coldkey: "//Val", stakeTao: 1_000, rootTao: 50, weights: { "//M": 1 } },
        { hotkey: "//M", coldkey: "//M", axon: { ip: "10.0.0.7", port: 80 } },
      ],
    },
  ],
};
const { node } = await openDevnet({
  clock: new VirtualClock(),
  log: silentLogger,
  genesis,
  blockTimeMs: "manual",
});
await node.advance(35);
const types = ChainTypes.read(node.metadata(15)!);

/** Calls as a client does; what comes back is polkadot-api's view of it. */
function ask<T>(api: string, method: string, ...args: unknown[]): T {
  const codec = types.api(api, method);
  return codec.decode(node.call(`${api}_${method}`, codec.encode(...args))) as T;
}
const subnet = <T>(method: string, ...args: unknown[]): T => ask("SubnetInfoRuntimeApi", method, ...args);

interface Metagraph {
  netuid: number;
  name: number[];
  hotkeys: string[];
  coldkeys: string[];
  validator_permit: boolean[];
  incentives: number[];
  dividends: number[];
  axons: { ip: bigint; port: number }[];
  tempo: number;
}

describe("the metagraph", () => {
  test("has all neurons, what the last epoch gave them, and where they serve", () => {
    const graph = subnet<Metagraph>("get_metagraph", 1);
    expect(new TextDecoder().decode(Uint8Array.from(graph.name))).toBe("First");
    expect(graph.hotkeys).toHaveLength(2);
    expect(graph.validator_permit).toEqual([true, false]);
    expect(graph.incentives).toEqual([0, 65_535]);
    expect(graph.dividends[0]).toBe(65_535);
    expect(graph.axons[1]).toMatchObject({ ip: 0x0a000007n, port: 80 });
    expect(graph.tempo).toBe(10);
  });

  test("is given in parts: only the indices that were asked for, all 74 of them when asked", () => {
    const all = Array.from({ length: 74 }, (_, index) => index);
    const whole = subnet<Record<string, unknown>>("get_selective_metagraph", 1, all);
    expect(Object.keys(whole)).toHaveLength(74);
    expect(Object.values(whole)).not.toContain(undefined);
    const part = subnet<Record<string, unknown>>("get_selective_metagraph", 1, [8, 52, 9_999]);
    const told = Object.entries(part).filter(([, value]) => value !== undefined);
    expect(told.map(([name]) => name)).toEqual(["netuid", Object.keys(whole)[8]!, Object.keys(whole)[52]!]);
    expect(part.tempo).toBe(10);
  });

  test("of each part is the same as the whole has it", () => {
    const whole = subnet<Record<string, unknown>>("get_metagraph", 1);
    const all = Array.from({ length: 74 }, (_, index) => index);
    const parts = subnet<Record<string, unknown>>("get_selective_metagraph", 1, all);
    for (const [name, value] of Object.entries(whole)) expect(parts[name]).toEqual(value);
  });

  test("of a subnet or a mechanism that does not exist is none", () => {
    expect(subnet("get_metagraph", 9)).toBeUndefined();
    expect(subnet("get_selective_metagraph", 9, [1])).toBeUndefined();
    expect(subnet("get_mechagraph", 1, 3)).toBeUndefined();
    expect(subnet<Metagraph>("get_mechagraph", 1, 0).hotkeys).toHaveLength(2);
  });
});

test("hyperparameters have the 33 names that the chain gives them, in its order", () => {
  const entries = subnet<{ name: Uint8Array; value: { type: string; value: unknown } }[]>(
    "get_subnet_hyperparams_v3",
    1,
  );
  const named = entries.map(({ name, value }) => [new TextDecoder().decode(name), value.value] as const);
  expect(named).toHaveLength(33);
  expect(named[0]?.[0]).toBe("kappa");
  expect(named.at(-1)?.[0]).toBe("min_childkey_take");
  expect(Object.fromEntries(named)).toMatchObject({
    tempo: 10,
    weights_rate_limit: 100n,
    max_validators: 1,
  });
  expect(subnet<Record<string, unknown>>("get_subnet_hyperparams_v2", 1)).toMatchObject({
    tempo: 10,
    yuma_version: 3,
    subnet_is_active: true,
  });
});

test("root is among the subnets, and its price is 1", () => {
  const all = subnet<({ netuid: number; tao_in: bigint } | undefined)[]>("get_all_dynamic_info");
  expect(all.map((info) => info?.netuid)).toEqual([0, 1]);
  expect(all[0]?.tao_in).toBe(50_000_000_000n);
  expect(ask<bigint>("SwapRuntimeApi", "current_alpha_price", 0)).toBe(1_000_000_000n);
});

test("a simulated swap gives less than the price of the moment, and nothing where there is no pool", () => {
  const one = 1_000_000_000n;
  const swap = (netuid: number) =>
    ask<{ alpha_amount: bigint; tao_fee: bigint }>("SwapRuntimeApi", "sim_swap_tao_for_alpha", netuid, one);
  expect(swap(1).alpha_amount).toBeLessThan(one);
  expect(swap(1).alpha_amount).toBeGreaterThan((one * 9n) / 10n);
  expect(swap(1).tao_fee).toBeGreaterThan(0n);
  expect(swap(9)).toMatchObject({ alpha_amount: 0n, tao_fee: 0n });
});

test("stake is found by coldkey, on every subnet", () => {
  const [owner] = subnet<Metagraph>("get_metagraph", 1).coldkeys;
  const stakes = ask<{ netuid: number; stake: bigint }[]>(
    "StakeInfoRuntimeApi",
    "get_stake_info_for_coldkey",
    owner,
  );
  expect(stakes.map(({ netuid }) => netuid)).toEqual([0, 1]);
  expect(stakes[1]?.stake).toBeGreaterThan(1_000_000_000_000n);
});

test("whatever is asked, the answer can be read by the metadata, or the question is malformed", () => {
  const accounts = subnet<Metagraph>("get_metagraph", 1).hotkeys.map(
    (address): AccountId => toHex(publicKeyOf(address)!),
  );
  const random = new RandomValues(accounts);
  const methods = palletApis.flatMap(({ name, methods }) => methods.map((method) => ({ api: name, method })));
  const question = fc.constantFrom(...methods).chain(({ api, method }) =>
    fc.record({
      api: fc.constant(api),
      method: fc.constant(method.name),
      args: fc
        .tuple(...method.inputs.map(({ shape }) => random.of(shape)))
        .map((parts) => new Uint8Array(Buffer.concat(parts))),
      cut: fc.nat({ max: 40 }),
    }),
  );
  fc.assert(
    fc.property(question, ({ api, method, args, cut }) => {
      types.api(api, method).decode(node.call(`${api}_${method}`, args));
      const broken = args.subarray(0, args.length - cut - 1);
      if (cut >= args.length) return;
      expect(() => node.call(`${api}_${method}`, broken)).toThrow(Failure);
    }),
    { numRuns: 1_000 },
  );
}, 30_000);
