/** The devnet's node: one chain in one process, with a pool before it, finality behind it, and a clock or a caller that makes blocks. */
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { Failure } from "../../../protocol/failure.ts";
import type { Clock } from "../../../runtime/ports/clock.ts";
import { type Hex, toHex } from "../../scale/hex.ts";
import type { AccountId } from "../declare/index.ts";
import { Admission } from "./admission.ts";
import type { BlockRef, DevnetBlock } from "./block.ts";
import { BlockClock } from "./block-clock.ts";
import { DevnetChain } from "./chain.ts";
import { Exported } from "./exported.ts";
import { Finality, finalAfter } from "./finality.ts";
import { Listeners } from "./listeners.ts";
import type { BlockNews, Change, DevnetInfo, DevnetNode, KeysOptions, PaymentInfo } from "./node.ts";
import { Pool } from "./pool.ts";
import type { Runtime } from "./runtime.ts";

export interface DevnetNodeOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Time between blocks. */
  readonly slotMs: number;
  /** Blocks are made on `advance` only, each a slot after the one before; otherwise by the clock. */
  readonly manual: boolean;
  /** Time of genesis for the blocks that follow; the clock's when omitted. The same start and calls give the same hashes. */
  readonly startMs?: number | undefined;
  /** Metadata to serve instead of the devnet's own: V15 or V16. */
  readonly metadataFile?: Uint8Array | undefined;
  /** What `save` gave. */
  readonly saved?: Uint8Array | undefined;
  /** Told of bugs in calls and listeners, which end neither the block nor the node. */
  readonly onDefect?: ((failure: Failure) => void) | undefined;
}

/** A node at genesis, or where it was saved; its clock does not run before `start`. */
export async function createDevnetNode(options: DevnetNodeOptions): Promise<DevnetNode> {
  await cryptoWaitReady();
  return new Node(options);
}

const MAX_ADVANCE = 100_000;
const MAX_KEYS_PER_ASK = 100_000;
const YIELD_AFTER_MS = 20;

class Node implements DevnetNode {
  readonly metadataVersions = [14, 15, 16];
  readonly #options: DevnetNodeOptions;
  readonly #exported: Exported;
  readonly #chain: DevnetChain;
  readonly #admission: Admission;
  readonly #pool: Pool;
  readonly #finality: Finality;
  readonly #blocks: BlockClock;
  readonly #heads: Listeners<BlockNews>;
  readonly #finals: Listeners<DevnetBlock>;
  /** How far the chain's time is from the clock's. */
  #aheadMs: number;
  #defects = 0;

  constructor(options: DevnetNodeOptions) {
    const { runtime, clock, slotMs, startMs, metadataFile, saved } = options;
    this.#options = options;
    const onDefect = (failure: Failure): void => {
      this.#defects++;
      options.onDefect?.(failure);
    };
    this.#heads = new Listeners(onDefect);
    this.#finals = new Listeners(onDefect);
    this.#exported = new Exported(runtime, {
      facts: {
        metadataVersions: this.metadataVersions,
        nonceOf: ({ state }, who) => runtime.nonceOf(state, who),
        paymentInfo: (bytes) => this.paymentInfo(bytes),
      },
      file: metadataFile,
    });
    const exported = this.#exported;
    const start = startMs ?? Math.floor(clock.now());
    this.#chain = new DevnetChain({ runtime, exported, startMs: start, saved, onDefect });
    this.#aheadMs = startMs === undefined ? 0 : this.#chain.time - clock.now();
    this.#admission = new Admission({
      ...{ runtime, exported, chain: this.#chain },
      nextTime: () => this.#nextTime(),
    });
    this.#pool = new Pool({ clock, checks: this.#admission });
    this.#finality = new Finality({
      clock,
      afterMs: finalAfter(options),
      from: this.#chain.head.number,
      finalize: (number) => this.#finalize(number),
    });
    const tick = (): void => {
      try {
        this.#makeBlock();
      } catch (error) {
        // A hook has failed: the next block is tried at its time.
        onDefect(Failure.from(error));
      }
    };
    this.#blocks = new BlockClock({ clock, periodMs: slotMs, tick });
  }

  get genesisHash(): Hex {
    return this.#chain.genesis.hash;
  }

  get chainName(): string {
    return this.#options.runtime.chainName;
  }

  metadata(version: number): Uint8Array | undefined {
    return this.#exported.metadata.bytes(version);
  }

  runtimeVersion() {
    return this.#options.runtime.version;
  }

  head(): BlockRef {
    return this.#chain.head;
  }

  finalized(): BlockRef {
    return this.#chain.history.at(this.#finality.number) ?? this.#chain.head;
  }

  hashOf(number: number): Hex | undefined {
    return this.#chain.history.at(number)?.hash;
  }

  header(hash: Hex) {
    return this.#chain.history.find(hash)?.header;
  }

  block(hash: Hex): DevnetBlock | undefined {
    const { history } = this.#chain;
    const block = history.find(hash);
    return block !== undefined && history.hasBody(block) ? block : undefined;
  }

  storage(key: Hex, at?: Hex): Uint8Array | undefined {
    return this.#chain.at(at).state.raw(key);
  }

  keys(prefix: Hex, { count, startKey, at }: KeysOptions): Hex[] {
    return this.#chain.at(at).state.rawKeys(prefix, { count: Math.min(count, MAX_KEYS_PER_ASK), startKey });
  }

  call(name: string, args: Uint8Array, at?: Hex): Uint8Array {
    return this.#exported.call(name, this.#chain.at(at), args);
  }

  submit(extrinsic: Uint8Array): { hash: Hex } {
    return this.#pool.submit(extrinsic);
  }

  watch(extrinsic: Uint8Array, signal: AbortSignal) {
    return this.#pool.watch(extrinsic, signal);
  }

  nextNonce(account: Uint8Array): number {
    return this.#pool.nextNonce(toHex(account) as AccountId);
  }

  pending(): Uint8Array[] {
    return this.#pool.ready().map(({ bytes }) => bytes);
  }

  paymentInfo(extrinsic: Uint8Array): PaymentInfo {
    const transaction = this.#admission.decode(extrinsic);
    const { declared, tip } = transaction;
    return {
      refTime: declared.refTime,
      proofSize: 0n,
      class: CLASSES[declared.class],
      partialFee: this.#options.runtime.feeOf(transaction) - tip,
    };
  }

  onHead(listener: (news: BlockNews) => void): () => void {
    return this.#heads.add(listener);
  }

  onFinalized(listener: (block: DevnetBlock) => void): () => void {
    return this.#finals.add(listener);
  }

  async advance(count: number): Promise<BlockRef> {
    if (!Number.isInteger(count) || count < 1 || count > MAX_ADVANCE) {
      throw new Failure("malformed", `advance by 1 to ${MAX_ADVANCE} blocks`, { meta: { count } });
    }
    const { clock } = this.#options;
    let since = clock.monotonic();
    for (let made = 0; made < count; made++) {
      this.#skipSlot();
      this.#makeBlock();
      if (clock.monotonic() - since > YIELD_AFTER_MS) {
        await clock.sleep(0);
        since = clock.monotonic();
      }
    }
    return this.head();
  }

  snapshot(): string {
    return this.#chain.snapshot();
  }

  restore(id: string): BlockRef {
    const { head, changed } = this.#chain.restore(id);
    this.#pool.clear();
    this.#finality.reset(head.number);
    this.#heads.tell({ ...head, changed });
    this.#finals.tell(head);
    return head;
  }

  set(change: Change): void {
    this.#chain.change(this.#nextTime(), change);
  }

  info(): DevnetInfo {
    const { runtime, manual, slotMs } = this.#options;
    return {
      chain: this.chainName,
      genesisHash: this.genesisHash,
      specVersion: runtime.version.specVersion,
      blockTimeMs: manual ? null : slotMs,
      head: referenceOf(this.head()),
      finalized: referenceOf(this.finalized()),
      metadata: this.#exported.metadata.source,
      snapshots: this.#chain.snapshots.ids,
      pending: this.#pool.size,
      simplifications: [
        ...SIMPLIFICATIONS.map((text) => ({ pallet: "node", text })),
        ...runtime.pallets.flatMap(({ name, simplifications }) =>
          simplifications.map((text) => ({ pallet: name, text })),
        ),
      ],
      defects: this.#defects,
    };
  }

  save(): Uint8Array {
    return this.#chain.save(this.finalized());
  }

  start(): void {
    if (!this.#options.manual) this.#blocks.start();
  }

  stop(): void {
    this.#blocks.stop();
    this.#finality.stop();
    this.#pool.clear();
  }

  #makeBlock(): void {
    const ready = this.#pool.size === 0 ? [] : this.#pool.ready();
    const { block, changed, included, invalid } = this.#chain.make(
      this.#nextTime(),
      ready.map((entry) => this.#admission.candidate(entry)),
    );
    for (const entry of invalid) this.#pool.invalid(entry);
    this.#heads.tell({ ...block, changed });
    this.#pool.included(block, included);
    this.#finality.announced(block.number);
  }

  /** A block by hand takes a slot of the chain's time, also where the clock makes the others: time travels with it. */
  #skipSlot(): void {
    const { clock, slotMs } = this.#options;
    this.#aheadMs = Math.max(this.#aheadMs, this.#chain.time + slotMs - clock.now());
  }

  /** The next block's timestamp: a slot later, or the clock's where it makes the blocks; always later than the one before. */
  #nextTime(): number {
    const { manual, slotMs, clock } = this.#options;
    if (manual) return this.#chain.time + slotMs;
    return Math.max(this.#chain.time + 1, Math.floor(clock.now() + this.#aheadMs));
  }

  #finalize(number: number): void {
    const block = this.#chain.history.at(number);
    if (block === undefined) return;
    this.#finals.tell(block);
    this.#pool.finalized(block.hash);
  }
}

const referenceOf = ({ number, hash }: BlockRef): BlockRef => ({ number, hash });

const CLASSES = { Normal: "normal", Operational: "operational", Mandatory: "mandatory" } as const;

const SIMPLIFICATIONS = [
  "One node, no peers: no forks, no retractions, and a block is final a block later, 100 to 500 ms after it was announced.",
  "State roots and extrinsics roots commit to the content but are no Merkle roots: there are no storage proofs.",
  "State can be read at the last 2,400 blocks; a chain that was saved and loaded begins anew with its head's.",
  "Blocks have no author and no digest, and are bounded by bytes and count of extrinsics instead of weight.",
  "Signatures may be sr25519 or ed25519; extrinsics are version 4 without a metadata hash.",
];
