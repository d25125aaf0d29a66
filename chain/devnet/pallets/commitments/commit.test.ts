/** What neurons say about themselves. */
import { expect, test } from "bun:test";
import { createSeededRng } from "../../../../runtime/ports/seeded-rng.ts";
import { toHex } from "../../../scale/hex.ts";
import { sealToRound } from "../../../timelock/timelock.ts";
import { oneSubnet, type TestChain, testChain } from "../../test-chain.fixture.ts";
import { BeaconConfig, LastStoredRound } from "../drand/storage.ts";
import { S } from "../subtensor/storage.ts";
import { CommitmentOf, RevealedCommitments } from "./storage.ts";
import type { Data } from "./types.ts";

const MINER = "//Miner0/hot";
const commit = (chain: TestChain, fields: Data[], who = MINER) =>
  chain.call(who, "Commitments.set_commitment", { netuid: 1, info: { fields } });
/** `Raw0` to `Raw128` are declared by number, which their type does not show. */
const raw = (text: string): Data => {
  const field = { type: `Raw${text.length}`, value: toHex(new TextEncoder().encode(text)) };
  return field as unknown as Data;
};
const text = new TextEncoder().encode("to be told later");

test("a neuron's commitment is kept with its block, and replaced by the next", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  expect(commit(chain, [raw("https://a.example")])).toBeUndefined();
  expect(commit(chain, [raw("https://b.example")])).toBeUndefined();
  expect(chain.state.get(CommitmentOf, 1, chain.account(MINER))).toEqual({
    deposit: 0n,
    block: chain.block,
    info: { fields: [raw("https://b.example")] },
  });
});

test("a stranger may not commit, nor anybody more than three fields", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  expect(commit(chain, [raw("x")], "//Rich")).toBe("AccountNotAllowedCommit");
  expect(commit(chain, ["a", "b", "c", "d"].map(raw))).toBe("TooManyFieldsInCommitmentInfo");
});

test("space is counted by epoch, at least 100 bytes each time", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  expect(chain.call("root", "Commitments.set_max_space", { new_limit: 250 })).toBeUndefined();
  expect(commit(chain, [raw("x")])).toBeUndefined();
  expect(commit(chain, [raw("x")])).toBeUndefined();
  expect(commit(chain, [raw("x")])).toBe("SpaceLimitExceeded");
  chain.passEpoch();
  expect(commit(chain, [raw("x")])).toBeUndefined();
});

const sealed = (chain: TestChain, round: bigint, encrypted?: Uint8Array): Data => ({
  type: "TimelockEncrypted",
  value: {
    encrypted:
      encrypted ??
      sealToRound({
        plaintext: text,
        round,
        beacon: { publicKey: chain.state.get(BeaconConfig).public_key },
        rng: createSeededRng("5ea1"),
      }),
    reveal_round: round,
  },
});

test("what is sealed is revealed with its round, and what stands beside it stays", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  const who = chain.account(MINER);
  const round = chain.state.get(LastStoredRound) + 3n;
  expect(commit(chain, [raw("open"), sealed(chain, round)])).toBeUndefined();
  expect(chain.state.get(RevealedCommitments, 1, who)).toBeUndefined();
  chain.advance(4);
  const [[told] = []] = chain.state.get(RevealedCommitments, 1, who) ?? [];
  expect(told).toEqual(text);
  expect(chain.state.get(CommitmentOf, 1, who)?.info.fields).toEqual([raw("open")]);
});

test("what does not open is dropped", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  const who = chain.account(MINER);
  const round = chain.state.get(LastStoredRound) + 1n;
  expect(commit(chain, [sealed(chain, round, new Uint8Array(400).fill(3))])).toBeUndefined();
  chain.advance(4);
  expect(chain.state.get(RevealedCommitments, 1, who)).toBeUndefined();
  expect(chain.state.get(CommitmentOf, 1, who)).toBeUndefined();
});

test("a neuron may have the bonds to it reset, where the subnet allows that", async () => {
  const chain = await testChain({
    genesis: oneSubnet({ hyperparameters: { bonds_reset_enabled: true } }),
  });
  chain.state.put(S.Bonds, 1, 0, [
    [1, 40],
    [2, 50],
  ]);
  const reset: Data = { type: "ResetBondsFlag", value: undefined };
  expect(commit(chain, [reset])).toBeUndefined();
  expect(chain.state.get(S.Bonds, 1, 0)).toEqual([[2, 50]]);
});
