/**
 * A chain in memory that enforces what a real one does: registration, validator permits, rate limits, vector rules.
 * Blocks follow the clock, hashes follow the genesis seed, so every node that knows the genesis sees the same chain.
 */
import { sha256 } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Metagraph, Neuron } from "../../protocol/metagraph.ts";
import type { ChainHead, ChainParams, SubmitWeights } from "../../protocol/services/chain.ts";
import type { SignedCall, WeightRules } from "../../protocol/weight-setting.ts";
import { WeightVector } from "../../protocol/weights.ts";
import type { Clock, Store } from "../../runtime/ports/index.ts";
import type { Chain, Fate } from "../chain.ts";
import { verifySignature } from "../keys/index.ts";
import { MAX_WEIGHT } from "../weights.ts";
import { checkVector } from "./check-vector.ts";
import { type Genesis, Genesis as GenesisSchema } from "./genesis.ts";
import { hashOfWeights, readSignedWeights, signWeights } from "./signed-weights.ts";
import { weightsMessage } from "./weights-message.ts";

/** What the local chain offers beyond the port: acceptance of weights signed elsewhere, and a look at them. */
export interface LocalChain extends Chain {
  readonly genesis: Genesis;
  accept(weights: SubmitWeights): Promise<{ block: number; hash: string }>;
  fateOf(call: Pick<SignedCall, "hotkey" | "hash" | "dies">): LocalFate;
  /** Submissions that were taken from a hotkey lately, newest first. */
  takenFrom(hotkey: string): readonly { hash: string; block: number }[];
  /** The weights on chain, by uid of the validator that set them. */
  onChain(): ReadonlyMap<number, WeightVector>;
}

/** A submission that a local chain takes is never undone and never fails afterwards. */
export type LocalFate = Exclude<Fate, { state: "included" }> | (Fate & { state: "included"; verdict: "ok" });

interface Stored {
  block: number;
  vector: WeightVector;
  /** Hashes and blocks of the last submissions of this uid, newest first. */
  taken: { hash: string; block: number }[];
}

/** Submissions of a uid that are remembered: whoever was killed asks after its last. */
const MAX_TAKEN = 8;
const RAO = 1_000_000_000n;

export interface LocalChainOptions {
  genesis: unknown;
  clock: Clock;
  /** Where weights survive a restart. */
  store?: Store;
  /** How signatures are checked; sr25519 unless a simulation brings keys of its own. */
  verify?: typeof verifySignature;
}

export function createLocalChain(options: LocalChainOptions): LocalChain {
  const genesis = GenesisSchema.parse(options.genesis);
  const { clock, store, verify = verifySignature } = options;
  const weights = new Map<number, Stored>();
  for (const key of store?.list("weights/", 4_096) ?? []) {
    const bytes = store?.get(key);
    if (bytes === undefined) continue;
    const stored = JSON.parse(new TextDecoder().decode(bytes)) as Stored;
    weights.set(Number(key.slice("weights/".length)), {
      block: Number(stored.block),
      vector: WeightVector.parse(stored.vector),
      taken: stored.taken ?? [],
    });
  }
  const permits = permitted(genesis);

  const hashOf = (block: number) => `0x${sha256(`${genesis.seed}/${block}`)}`;
  const headBlock = () => Math.max(0, Math.floor((clock.now() - genesis.startAt) / genesis.blockTimeMs));
  const head = (): ChainHead => ({ block: headBlock(), hash: hashOf(headBlock()) });

  function own(netuid: number): void {
    if (netuid === genesis.netuid) return;
    throw new Failure("not-found", `this chain has no subnet ${netuid}`, {
      meta: { netuid, known: genesis.netuid },
    });
  }

  function metagraph(netuid: number): Metagraph {
    own(netuid);
    const at = head();
    const neurons: Neuron[] = genesis.neurons.map((neuron, uid) => ({
      uid,
      ...neuron,
      validatorPermit: permits.has(uid),
      registeredAt: 0,
      lastUpdate: weights.get(uid)?.block ?? 0,
    }));
    return { netuid, block: at.block, hash: at.hash, neurons };
  }

  /** The checks of a real chain, in its order: the first that fails is the answer. */
  async function accept(input: SubmitWeights): Promise<ChainHead> {
    own(input.netuid);
    const { hotkey, vector, versionKey } = input;
    // The only wait: what follows is one turn, so that two sets at once cannot both pass the rate limit.
    const genuine = await verify(hotkey, weightsMessage(input), input.signature);
    const uid = genesis.neurons.findIndex((neuron) => neuron.hotkey === hotkey);
    if (!genuine) {
      throw new Failure("unauthorised", "the signature is not of this hotkey", { meta: { hotkey } });
    }
    if (uid < 0) {
      throw new Failure("unauthorised", "HotKeyNotRegisteredInSubNet", {
        meta: { hotkey, netuid: input.netuid },
        hint: "Register the hotkey on this subnet first.",
      });
    }
    if (versionKey < genesis.versionKey) {
      throw new Failure("refused", "IncorrectWeightVersionKey", {
        meta: { versionKey, needed: genesis.versionKey },
        hint: "Upgrade this validator: the subnet owner raised the version key.",
      });
    }
    const last = weights.get(uid)?.block;
    const at = head();
    const wait = last === undefined ? 0 : last + genesis.weightsRateLimit - at.block;
    if (wait > 0) {
      throw new Failure("refused", "SettingWeightsTooFast", {
        retryable: true,
        retryAfterMs: wait * genesis.blockTimeMs,
        meta: { lastUpdate: last ?? 0, block: at.block, rateLimit: genesis.weightsRateLimit },
      });
    }
    if (!permits.has(uid)) {
      throw new Failure("unauthorised", "NeuronNoValidatorPermit", {
        meta: { uid, stake: genesis.neurons[uid]?.stake ?? 0, needed: genesis.minValidatorStake },
        hint: "Stake more TAO on this hotkey to earn a validator permit.",
      });
    }
    checkVector(vector, genesis.neurons.length);
    const hash = hashOfWeights(input);
    const taken = [{ hash, block: at.block }, ...(weights.get(uid)?.taken ?? [])].slice(0, MAX_TAKEN);
    const stored: Stored = { block: at.block, vector, taken };
    store?.put(`weights/${uid}`, new TextEncoder().encode(JSON.stringify(stored)));
    weights.set(uid, stored);
    return at;
  }

  function rules(netuid: number, hotkey: string): WeightRules {
    own(netuid);
    const uid = genesis.neurons.findIndex((neuron) => neuron.hotkey === hotkey);
    const block = headBlock();
    return {
      // The head is still open for calls: it is the next block.
      block: Math.max(0, block - 1),
      ...{ hash: hashOf(block), at: clock.now(), blockTimeMs: genesis.blockTimeMs },
      ...{ epoch: Math.floor(block / genesis.tempo), exists: true, neurons: genesis.neurons.length },
      ...{ uid: uid < 0 ? null : uid, owner: false, permit: permits.has(uid) },
      stakeRao: `${BigInt(Math.round(genesis.neurons[uid]?.stake ?? 0)) * RAO}`,
      ...{
        stakeThresholdRao: "0",
        versionKey: `${genesis.versionKey}`,
        minWeights: 1,
        maxWeight: MAX_WEIGHT,
      },
      ...{
        lastUpdate: weights.get(uid)?.block ?? 0,
        rateLimit: genesis.weightsRateLimit,
        commitReveal: null,
      },
    };
  }

  function fate({ hotkey, hash, dies }: Pick<SignedCall, "hotkey" | "hash" | "dies">): LocalFate {
    const uid = genesis.neurons.findIndex((neuron) => neuron.hotkey === hotkey);
    const taken = weights.get(uid)?.taken.find((each) => each.hash === hash);
    if (taken === undefined) return { state: headBlock() < dies ? "pending" : "gone" };
    return { state: "included", block: taken.block, hash: hashOf(taken.block), verdict: "ok" };
  }

  return {
    genesis,
    accept,
    fateOf: fate,
    takenFrom: (hotkey) =>
      weights.get(genesis.neurons.findIndex((neuron) => neuron.hotkey === hotkey))?.taken ?? [],
    onChain: () => new Map([...weights].map(([uid, { vector }]) => [uid, vector])),
    head: async () => head(),
    blockHash: async (block) => {
      if (block > headBlock()) {
        throw new Failure("not-found", `block ${block} is in the future`, {
          meta: { block, head: headBlock() },
        });
      }
      return hashOf(block);
    },
    params: async (netuid): Promise<ChainParams> => {
      own(netuid);
      return {
        tempo: genesis.tempo,
        weightsRateLimit: genesis.weightsRateLimit,
        blockTimeMs: genesis.blockTimeMs,
      };
    },
    metagraph: async (netuid) => metagraph(netuid),
    weights: {
      rules: async ({ netuid, hotkey }) => rules(netuid, hotkey),
      sign: (call) => signWeights({ ...call, head: headBlock() }),
      send: async (signed) => void (await accept(readSignedWeights(signed))),
      fate: async (signed) => fate(signed),
      row: async ({ netuid, uid }) => {
        own(netuid);
        const { vector, block } = weights.get(uid) ?? { vector: { uids: [], values: [] }, block: 0 };
        return { block: headBlock(), row: vector, lastUpdate: block };
      },
      commits: async () => [],
    },
    close: async () => {},
  };
}

/** The `maxValidators` largest stakes of at least `minValidatorStake`; of equal stakes the lower uid. */
function permitted(genesis: Genesis): ReadonlySet<number> {
  return new Set(
    genesis.neurons
      .map((neuron, uid) => ({ uid, stake: neuron.stake }))
      .filter(({ stake }) => stake >= genesis.minValidatorStake && stake > 0)
      .sort((a, b) => b.stake - a.stake || a.uid - b.uid)
      .slice(0, genesis.maxValidators)
      .map(({ uid }) => uid),
  );
}
