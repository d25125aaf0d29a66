/** A chain without a node: blocks when a test says so, calls straight into the block in the making. */
import type { Failure } from "../../protocol/failure.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import type { Hex } from "../scale/hex.ts";
import { type AccountId, type DispatchFailure, InvalidTransaction, type Origin } from "./declare/index.ts";
import { type Genesis, readGenesis } from "./genesis/genesis.ts";
import { keysOf } from "./genesis/keys.ts";
import { outerTypes } from "./metadata/outer-types.ts";
import { BlockRun } from "./node/block-run.ts";
import { CallTable } from "./node/call-table.ts";
import type { Runtime } from "./node/runtime.ts";
import { setHyperparameter } from "./pallets/hyperparameters.ts";
import { S } from "./pallets/subtensor/storage.ts";
import { ROOT } from "./pallets/subtensor/subnets.ts";
import { checkValidity } from "./pallets/subtensor/validity.ts";
import { State } from "./state/state.ts";
import { subtensorRuntime } from "./subtensor-runtime.ts";

const SLOT_MS = 12_000;
const START_MS = 1_700_000_000_000;
const PARENT: Hex = `0x${"11".repeat(32)}`;

export interface TestChainOptions {
  genesis?: unknown;
  slotMs?: number;
}

export async function testChain({
  genesis = {},
  slotMs = SLOT_MS,
}: TestChainOptions = {}): Promise<TestChain> {
  const parsed = readGenesis(genesis);
  return new TestChain(parsed, await keysOf(parsed), slotMs);
}

/** A subnet 1 of //Owner with one validator and miners after it, whose owner is no neuron. */
export const oneSubnet = (own: Record<string, unknown> = {}, miners = 3) => ({
  accounts: [
    { uri: "//Alice", tao: 100_000 },
    { uri: "//Owner", tao: 10_000 },
    { uri: "//Val", tao: 10_000 },
    { uri: "//Rich", tao: 1_000_000 },
  ],
  subnets: [
    {
      netuid: 1,
      owner: "//Owner",
      weightsRateLimit: 5,
      neurons: [
        { hotkey: "//Val/hot", coldkey: "//Val", stakeTao: 1_000 },
        ...Array.from({ length: miners }, (_, index) => ({
          hotkey: `//Miner${index}/hot`,
          coldkey: `//Miner${index}`,
        })),
      ],
      ...own,
    },
  ],
});

export class TestChain {
  readonly state = new State();
  readonly runtime: Runtime;
  readonly #keys: Map<string, AccountId>;
  readonly #calls: CallTable;
  readonly #slotMs: number;
  #run: BlockRun;

  constructor(genesis: Genesis, keys: ReadonlyMap<string, AccountId>, slotMs: number) {
    this.#keys = new Map(keys);
    this.#slotMs = slotMs;
    this.runtime = subtensorRuntime({ genesis, keys, slotMs });
    const outer = outerTypes(this.runtime.pallets);
    this.runtime.runtimeCall.resolve(outer.call);
    this.runtime.runtimeEvent.resolve(outer.event);
    this.#calls = new CallTable(this.runtime.pallets);
    this.#run = this.#open(0);
    this.runtime.genesis(this.#run);
    this.state.seal(0);
    this.advance();
  }

  get block(): number {
    return this.#run.block;
  }

  /** The context of the block in the making. */
  get context(): BlockRun {
    return this.#run;
  }

  /** Events of the block in the making, by pallet and name. */
  get events(): { name: string; value: unknown }[] {
    return this.#run.events.map(({ event: { type, value } }) => ({
      name: `${type}.${value.type}`,
      value: value.value,
    }));
  }

  account(name: string): AccountId {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    throw new Error(`${name} is not in this chain's genesis`);
  }

  /** An account that nobody named, told apart by a number. */
  stranger(number: number): AccountId {
    return `0x${(number + 1).toString(16).padStart(8, "0")}${"5a".repeat(28)}`;
  }

  /** Closes the block in the making and opens the next, so many times. */
  advance(count = 1): void {
    for (let made = 0; made < count; made++) {
      if (this.#run.block > 0) {
        this.runtime.finalize(this.#run, () => this.#run.events, 0);
        this.state.seal(this.#run.block);
      }
      this.#run = this.#open(this.#run.block + 1);
      this.runtime.initialize(this.#run, PARENT);
    }
  }

  advanceTo(block: number): void {
    this.advance(Math.max(0, block - this.block));
  }

  /** Dispatches as an account (by name or key), or as root: undefined, or the error's name. */
  call(who: string, name: string, args: Record<string, unknown>): string | undefined {
    return nameOf(this.#run.dispatch(callOf(name, args), this.#origin(who)).failure);
  }

  /** The number with which the pool would refuse the call, or undefined. */
  validity(who: string, name: string, args: Record<string, unknown>): number | undefined {
    const origin = this.#origin(who);
    if (origin.kind !== "signed") throw new Error("only signed extrinsics are checked");
    try {
      checkValidity(this.#run, origin.who, callOf(name, args));
      return undefined;
    } catch (error) {
      if (error instanceof InvalidTransaction && typeof error.reason === "object") return error.reason.custom;
      throw error;
    }
  }

  set(name: string, value: unknown, netuid?: number): void {
    setHyperparameter(this.#run, { name, value, netuid });
  }

  /** Blocks until the next epoch of a subnet, and one more: its results are there. */
  passEpoch(netuid = 1): void {
    const before = this.state.get(S.SubnetEpochIndex, netuid);
    for (let waited = 0; this.state.get(S.SubnetEpochIndex, netuid) === before; waited++) {
      if (netuid === ROOT || waited > 100_000) throw new Error("there is no epoch");
      this.advance();
    }
  }

  #origin(who: string): Origin {
    if (who === "root") return { kind: "root" };
    if (who === "none") return { kind: "none" };
    return { kind: "signed", who: who.startsWith("0x") ? (who as AccountId) : this.account(who) };
  }

  #open(block: number): BlockRun {
    return new BlockRun({
      state: this.state,
      block,
      now: block === 0 ? 0 : START_MS + block * this.#slotMs,
      rng: createSeededRng(`${block}`),
      calls: this.#calls,
      onDefect(failure: Failure) {
        throw failure;
      },
    });
  }
}

/** Arguments may name calls inside: `{ call: ["AdminUtils.sudo_set_tempo", { … }] }` is spelt out by the test. */
const callOf = (name: string, value: Record<string, unknown>) => {
  const [pallet = "", call = ""] = name.split(".");
  return { type: pallet, value: { type: call, value } };
};

const nameOf = (failure: DispatchFailure | undefined): string | undefined =>
  failure?.message.replace(/^.*\./, "");
