/** The chain port over JSON-RPC: a real network, a devnet, whatever speaks subtensor's language. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { Metagraph } from "../../protocol/metagraph.ts";
import type { ChainHead, ChainParams } from "../../protocol/services/chain.ts";
import type { SignedCall } from "../../protocol/weight-setting.ts";
import type { Chain, WeightSetting } from "../chain.ts";
import { encodeWeightCall } from "./calls.ts";
import { poolFailure } from "./errors/pool-failure.ts";
import { fateOf } from "./fate.ts";
import { askedHeads, type Heads } from "./head-feed.ts";
import { hashOf } from "./heads.ts";
import { readMetagraph } from "./metagraph.ts";
import { Nonces } from "./nonces.ts";
import { Whole } from "./numbers.ts";
import { forecastEpoch } from "./read-epoch.ts";
import { readCommits, readWeightRules } from "./read-rules.ts";
import type { Rpc } from "./rpc.ts";
import { type Runtime, RuntimeSource } from "./runtime.ts";
import { nonsense, sensible } from "./sensible.ts";
import { signCall } from "./sign-call.ts";
import { type StateReader, stateAt } from "./state.ts";

export interface SubstrateChainOptions {
  rpc: Rpc;
  /** Default: the node is asked each time. */
  heads?: Heads;
  /** Ends what lies below, such as the connection. */
  close?: () => Promise<void>;
}

const MODULE = "SubtensorModule";
/** Subnets that a process looks at, whose state of this block is kept. */
const MAX_KEPT = 64;
const Row = z.array(z.tuple([Whole, Whole])).max(4_096);

export function createSubstrateChain(options: SubstrateChainOptions): Chain {
  const { rpc, close, heads = askedHeads(rpc) } = options;
  const runtimes = new RuntimeSource(rpc);
  const nonces = new Nonces();
  const metagraphs = new Map<number, { hash: string; metagraph: Promise<Metagraph> }>();
  const params = new Map<number, { hash: string; params: ChainParams }>();
  let genesis: Promise<string> | undefined;

  const genesisHash = (): Promise<string> => {
    genesis ??= hashOf(rpc, 0);
    genesis.catch(() => {
      genesis = undefined;
    });
    return genesis;
  };

  /** State at a block; codecs that do not fit are those of a runtime before an upgrade, and fetched anew once. */
  async function reading<T>(
    at: ChainHead,
    read: (state: StateReader, runtime: Runtime) => Promise<T>,
  ): Promise<T> {
    const runtime = await runtimes.known();
    try {
      return await read(stateAt(rpc, runtime.types, at.hash), runtime);
    } catch (thrown) {
      const { code } = Failure.from(thrown);
      if (code !== "malformed" && code !== "not-found" && code !== "defect") throw thrown;
      const fresh = await runtimes.current();
      if (fresh.specVersion !== runtime.specVersion) return read(stateAt(rpc, fresh.types, at.hash), fresh);
      throw code === "not-found" ? thrown : nonsense(thrown);
    }
  }

  async function blockTimeMs(): Promise<number> {
    const { types } = await runtimes.known();
    return types.hasConstant("Aura", "SlotDuration")
      ? Whole.parse(types.constant("Aura", "SlotDuration"))
      : 2 * Whole.parse(types.constant("Timestamp", "MinimumPeriod"));
  }

  const weights: WeightSetting = {
    async rules({ netuid, hotkey }) {
      const at = await heads.best();
      const everyMs = await blockTimeMs();
      return reading(at, (state) => readWeightRules(state, { netuid, hotkey, at, blockTimeMs: everyMs }));
    },

    async sign({ netuid, call, signer }): Promise<SignedCall> {
      const [runtime, genesisIs, head] = await Promise.all([
        runtimes.current(),
        genesisHash(),
        heads.finalized(),
      ]);
      const { hotkey } = signer;
      const count = async () => Whole.parse(await rpc.request("system_accountNextIndex", [hotkey]));
      return nonces.next(hotkey, count, async (nonce) => ({
        netuid,
        hotkey,
        ...(await signCall({
          call: encodeWeightCall(runtime.types, netuid, call),
          ...{ signer, nonce, runtime, head },
          genesisHash: genesisIs,
          hashOf: (block) => hashOf(rpc, block),
        })),
      }));
    },

    async send(signed) {
      try {
        await rpc.request("author_submitExtrinsic", [signed.bytes]);
        nonces.sent(signed.hotkey, signed.nonce);
      } catch (thrown) {
        const failure = poolFailure(Failure.from(thrown));
        if (failure.message === "AlreadyImported") return nonces.sent(signed.hotkey, signed.nonce);
        throw failure;
      }
    },

    async fate(signed) {
      const { types } = await runtimes.known();
      const fate = await fateOf(rpc, types, signed, await heads.finalized());
      if (fate.state === "gone") nonces.forget(signed.hotkey, signed.nonce);
      return fate;
    },

    async row({ netuid, uid }) {
      const at = await heads.finalized();
      return reading(at, async (state) => {
        const read = await state.read({
          row: [MODULE, "Weights", netuid, uid],
          lastUpdate: [MODULE, "LastUpdate", netuid],
        });
        const row = Row.parse(read.row);
        return {
          block: at.block,
          row: { uids: row.map(([of]) => of), values: row.map(([, value]) => value) },
          lastUpdate: z.array(Whole).parse(read.lastUpdate)[uid] ?? 0,
        };
      });
    },

    async commits({ netuid, hotkey }) {
      const at = await heads.finalized();
      return reading(at, async (state) => {
        const read = await state.read({
          epoch: [MODULE, "SubnetEpochIndex", netuid],
          revealPeriod: [MODULE, "RevealPeriodEpochs", netuid],
        });
        const epoch = Whole.parse(read.epoch ?? 0);
        return readCommits(state, {
          netuid,
          hotkey,
          epoch,
          revealPeriod: Whole.parse(read.revealPeriod ?? 1),
        });
      });
    },
  };

  const chain: Chain = {
    head: () => heads.finalized(),
    async blockHash(block) {
      const head = await heads.finalized();
      if (block <= head.block) return hashOf(rpc, block);
      throw new Failure("not-found", `block ${block} is in the future`, {
        meta: { block, head: head.block },
      });
    },
    async params(netuid): Promise<ChainParams> {
      const at = await heads.finalized();
      const known = params.get(netuid);
      if (known?.hash === at.hash) return known.params;
      const everyMs = await blockTimeMs();
      const read = await reading(at, async (state) => {
        const read = await state.read({
          tempo: [MODULE, "Tempo", netuid],
          limit: [MODULE, "WeightsSetRateLimit", netuid],
        });
        return {
          tempo: Math.max(1, Whole.parse(read.tempo)),
          weightsRateLimit: Whole.parse(read.limit),
          blockTimeMs: everyMs,
        };
      });
      params.set(netuid, { hash: at.hash, params: read });
      trim(params);
      return read;
    },
    async metagraph(netuid) {
      const at = await heads.finalized();
      const known = metagraphs.get(netuid);
      if (known?.hash === at.hash) return known.metagraph;
      // Whoever asks during one block shares one call.
      const metagraph = reading(at, (state) => readMetagraph(state, netuid, at));
      metagraphs.set(netuid, { hash: at.hash, metagraph });
      trim(metagraphs);
      metagraph.catch(() => {
        if (metagraphs.get(netuid)?.metagraph === metagraph) metagraphs.delete(netuid);
      });
      return metagraph;
    },
    weights,
    async forecast(netuid) {
      const at = await heads.finalized();
      return reading(at, (state) => forecastEpoch(state, netuid, at.block));
    },
    close: async () => close?.(),
  };
  return { ...guarded(chain), weights: guarded(weights) };
}

/** Every method of it, with nonsense told from defects. */
function guarded<T extends object>(port: T): T {
  const entries = Object.entries(port).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === "function"
      ? (...args: unknown[]) => sensible(async () => (value as (...given: unknown[]) => unknown)(...args))
      : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function trim(kept: Map<number, unknown>): void {
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}
