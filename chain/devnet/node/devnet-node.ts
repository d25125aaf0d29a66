/** The devnet's node: one chain in one process, made of a state, a history, a pool and a clock. */
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { Failure } from "../../../protocol/failure.ts";
import type { Clock } from "../../../runtime/ports/clock.ts";
import { birthOf } from "../../scale/era.ts";
import { type Hex, toHex } from "../../scale/hex.ts";
import { type AccountId, type ApiMethod, InvalidTransaction } from "../declare/index.ts";
import { extrinsicShapes } from "../metadata/extrinsic-types.ts";
import { outerTypes } from "../metadata/outer-types.ts";
import { type ServedMetadata, serveMetadata } from "../metadata/served-metadata.ts";
import type { ReadState } from "../state/read-state.ts";
import { State } from "../state/state.ts";
import type { BlockRef, DevnetBlock } from "./block.ts";
import { BlockClock } from "./block-clock.ts";
import type { BlockRun } from "./block-run.ts";
import { CallTable } from "./call-table.ts";
import { Finality } from "./finality.ts";
import { History } from "./history.ts";
import { Listeners } from "./listeners.ts";
import type { BlockNews, DevnetInfo, DevnetNode, PaymentInfo } from "./node.ts";
import { nodeApis } from "./node-apis.ts";
import { Pool, type PoolEntry } from "./pool.ts";
import { type Candidate, Producer } from "./producer.ts";
import type { Runtime } from "./runtime.ts";
import { decodeChain, encodeChain } from "./saved-chain.ts";
import { Snapshots } from "./snapshots.ts";
import {
  type CallDecoder,
  type DecodedTransaction,
  decodeTransaction,
  verifySignature,
} from "./transaction-check.ts";

export interface DevnetNodeOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Time between blocks. */
  readonly slotMs: number;
  /** Blocks are made on `advance` only, each a slot after the one before; otherwise by the clock. */
  readonly manual: boolean;
  /** Timestamp of genesis; the clock's when omitted. The same start and the same calls give the same hashes. */
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

const MAX_CHANGES = 1_000;
const MAX_ADVANCE = 100_000;
const MAX_KEYS_PER_ASK = 100_000;
const YIELD_AFTER_MS = 20;

type Change = Parameters<DevnetNode["set"]>[0];

class Node implements DevnetNode {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #slotMs: number;
  readonly #manual: boolean;
  readonly #state = new State();
  readonly #history = new History();
  readonly #served: ServedMetadata;
  readonly #methods = new Map<string, ApiMethod>();
  readonly #decoder: CallDecoder;
  readonly #producer: Producer;
  readonly #pool: Pool;
  readonly #finality: Finality;
  readonly #blocks: BlockClock;
  readonly #heads: Listeners<BlockNews>;
  readonly #finals: Listeners<DevnetBlock>;
  readonly #snapshots = new Snapshots();
  readonly #genesis: DevnetBlock;
  readonly #onDefect: (failure: Failure) => void;
  #defects = 0;
  #time: number;
  /** Of `set`, for the next block. */
  #changes: Change[] = [];

  constructor({ runtime, clock, slotMs, manual, startMs, metadataFile, saved, onDefect }: DevnetNodeOptions) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#slotMs = slotMs;
    this.#manual = manual;
    this.#onDefect = (failure) => {
      this.#defects++;
      onDefect?.(failure);
    };
    this.#heads = new Listeners(this.#onDefect);
    this.#finals = new Listeners(this.#onDefect);

    const outer = outerTypes(runtime.pallets);
    runtime.runtimeCall.resolve(outer.call);
    runtime.runtimeEvent.resolve(outer.event);
    const table = new CallTable(runtime.pallets);
    const apis = [...this.#ownApis(extrinsicShapes(outer.call).extrinsic), ...runtime.apis];
    for (const { name, methods } of apis) {
      for (const method of methods) this.#methods.set(`${name}_${method.name}`, method);
    }
    this.#served = serveMetadata({ pallets: runtime.pallets, apis, outer }, metadataFile);
    this.#decoder = {
      type: outer.call,
      table,
      nameOf: (pallet, call) => this.#served.callName(pallet, call),
    };
    this.#producer = new Producer({
      ...{ runtime, state: this.#state, callType: outer.call, calls: table },
      onDefect: this.#onDefect,
    });
    this.#pool = new Pool({
      clock,
      checks: {
        decode: (bytes) => decodeTransaction(bytes, this.#decoder),
        validate: (transaction) => this.#validate(transaction),
        nonceOf: (who) => runtime.nonceOf(this.#state, who),
      },
    });

    this.#time = startMs ?? Math.floor(clock.now());
    this.#genesis = this.#producer.genesis(this.#time, this.#served.digest);
    this.#history.add(this.#genesis);
    if (saved !== undefined) this.#load(saved);
    this.#finality = new Finality({
      clock,
      from: this.#history.head.number,
      finalize: (number) => this.#finalize(number),
    });
    this.#blocks = new BlockClock({ clock, periodMs: slotMs, tick: () => this.#makeBlock() });
  }

  get genesisHash(): Hex {
    return this.#genesis.hash;
  }

  get chainName(): string {
    return this.#runtime.chainName;
  }

  readonly metadataVersions = [14, 15, 16];

  metadata(version: number): Uint8Array | undefined {
    return this.#served.bytes(version);
  }

  runtimeVersion() {
    return this.#runtime.version;
  }

  head(): BlockRef {
    return this.#history.head;
  }

  finalized(): BlockRef {
    return this.#history.at(this.#finality.number) ?? this.#history.head;
  }

  hashOf(number: number): Hex | undefined {
    return this.#history.at(number)?.hash;
  }

  header(hash: Hex) {
    return this.#history.find(hash)?.header;
  }

  block(hash: Hex): DevnetBlock | undefined {
    return this.#history.find(hash);
  }

  storage(key: Hex, at?: Hex): Uint8Array | undefined {
    return this.#stateAt(at).state.raw(key);
  }

  keys(
    prefix: Hex,
    { count, startKey, at }: { count: number; startKey?: Hex | undefined; at?: Hex | undefined },
  ) {
    return this.#stateAt(at).state.rawKeys(prefix, { count: Math.min(count, MAX_KEYS_PER_ASK), startKey });
  }

  call(name: string, args: Uint8Array, at?: Hex): Uint8Array {
    const method = this.#methods.get(name);
    if (method === undefined) {
      throw new Failure("unknown-method", `Exported method ${name} is not found`);
    }
    return method.call(this.#stateAt(at), args);
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
    const transaction = decodeTransaction(extrinsic, this.#decoder);
    const { declared, tip } = transaction;
    return {
      refTime: declared.refTime,
      proofSize: 0n,
      class: CLASSES[declared.class],
      partialFee: this.#runtime.feeOf(transaction) - tip,
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
    let since = this.#clock.monotonic();
    for (let made = 0; made < count; made++) {
      this.#makeBlock();
      if (this.#clock.monotonic() - since > YIELD_AFTER_MS) {
        await this.#clock.sleep(0);
        since = this.#clock.monotonic();
      }
    }
    return this.head();
  }

  snapshot(): string {
    return this.#snapshots.add({
      state: this.#state.snapshot(),
      blocks: this.#history.all(),
      time: this.#time,
    });
  }

  restore(id: string): BlockRef {
    const { state, blocks, time } = this.#snapshots.get(id);
    const changed = this.#state.restore(state);
    this.#history.restore(blocks);
    this.#time = time;
    this.#changes = [];
    this.#pool.clear();
    const { head } = this.#history;
    // What comes after must not be able to overtake it.
    this.#finality.reset(head.number);
    this.#heads.tell({ ...head, changed });
    this.#finals.tell(head);
    return head;
  }

  set(change: Change): void {
    if (this.#changes.length >= MAX_CHANGES) {
      throw new Failure("overloaded", `${MAX_CHANGES} changes wait for the next block`);
    }
    this.#asNextBlock((run) => this.#runtime.set(run, change));
    this.#changes.push(change);
  }

  info(): DevnetInfo {
    const { number, hash } = this.head();
    const final = this.finalized();
    return {
      chain: this.chainName,
      genesisHash: this.genesisHash,
      specVersion: this.#runtime.version.specVersion,
      blockTimeMs: this.#manual ? null : this.#slotMs,
      head: { number, hash },
      finalized: { number: final.number, hash: final.hash },
      metadata: this.#served.source,
      snapshots: this.#snapshots.ids,
      pending: this.#pool.size,
      simplifications: [
        ...SIMPLIFICATIONS.map((text) => ({ pallet: "node", text })),
        ...this.#runtime.pallets.flatMap(({ name, simplifications }) =>
          simplifications.map((text) => ({ pallet: name, text })),
        ),
      ],
      defects: this.#defects,
    };
  }

  save(): Uint8Array {
    const blocks = this.#history.last(SAVED_BLOCKS);
    return encodeChain({
      genesisHash: this.genesisHash,
      time: this.#time,
      finalized: this.#finality.number,
      blocks: blocks[0]?.number === 0 ? blocks : [this.#genesis, ...blocks],
      state: this.#state.snapshot(),
    });
  }

  start(): void {
    if (!this.#manual) this.#blocks.start();
  }

  stop(): void {
    this.#blocks.stop();
    this.#finality.stop();
    this.#pool.clear();
  }

  #makeBlock(): void {
    const parent = this.#history.head;
    const now = this.#nextTime();
    const changes = this.#changes;
    this.#changes = [];
    const made = this.#producer.make(parent, now, {
      before: (run) => this.#applyChanges(run, changes),
      candidates: this.#pool.size === 0 ? [] : this.#pool.ready().map((entry) => this.#candidate(entry)),
    });
    this.#time = now;
    this.#history.add(made.block);
    for (const entry of made.invalid) this.#pool.invalid(entry);
    this.#heads.tell({ ...made.block, changed: made.changed });
    this.#pool.included(made.block, made.included);
    this.#finality.announced(made.block.number);
  }

  #candidate(entry: PoolEntry): Candidate<PoolEntry> {
    const { transaction, bytes } = entry;
    const check = () => {
      const due = this.#runtime.nonceOf(this.#state, transaction.who);
      if (transaction.nonce !== due)
        throw new InvalidTransaction(transaction.nonce < due ? "Stale" : "Future");
      // An era that has passed names another block than the one that was signed.
      const birthHash = this.#birthHash(transaction);
      if (birthHash !== entry.birthHash) verifySignature(transaction, birthHash, this.#signingFacts());
    };
    return { entry, transaction, bytes, check };
  }

  /** The pool's question: would the next block take it? Returns the hash that its signature was checked with. */
  #validate(transaction: DecodedTransaction): Hex {
    const birthHash = this.#birthHash(transaction);
    verifySignature(transaction, birthHash, this.#signingFacts());
    if (transaction.nonce < this.#runtime.nonceOf(this.#state, transaction.who)) {
      throw new InvalidTransaction("Stale");
    }
    this.#asNextBlock((run) => {
      const context = run.from({ kind: "signed", who: transaction.who });
      this.#runtime.validate(context, transaction);
      this.#runtime.prepare(context, transaction, this.#runtime.feeOf(transaction));
    });
    return birthHash!;
  }

  #birthHash({ era }: DecodedTransaction): Hex | undefined {
    return this.hashOf(birthOf(era, this.#history.head.number + 1));
  }

  #signingFacts() {
    const { specVersion, transactionVersion } = this.#runtime.version;
    return { genesisHash: this.genesisHash, specVersion, transactionVersion };
  }

  /** Runs `work` as if in the next block, and undoes all it did. */
  #asNextBlock(work: (run: BlockRun) => void): void {
    const { number, hash } = this.#history.head;
    this.#state.dryRun(() => work(this.#producer.run(number + 1, this.#nextTime(), hash)));
  }

  #applyChanges(run: BlockRun, changes: readonly Change[]): void {
    for (const change of changes) {
      try {
        run.undoing(() => this.#runtime.set(run, change));
      } catch (error) {
        this.#onDefect(Failure.from(error));
      }
    }
  }

  /** The next block's timestamp: a slot later, or the clock's where it makes the blocks; always later than the one before. */
  #nextTime(): number {
    if (this.#manual) return this.#time + this.#slotMs;
    return Math.max(this.#time + 1, Math.floor(this.#clock.now()));
  }

  #finalize(number: number): void {
    const block = this.#history.at(number);
    if (block === undefined) return;
    this.#finals.tell(block);
    this.#pool.finalized(block.hash);
  }

  #stateAt(at: Hex | undefined): { state: ReadState; block: number } {
    const block = at === undefined ? this.#history.head : this.#history.find(at);
    const state = block === undefined ? undefined : this.#state.at(block.number);
    if (block !== undefined && state !== undefined) return { state, block: block.number };
    throw new Failure("not-found", `UnknownBlock: State already discarded for ${at}`);
  }

  #load(saved: Uint8Array): void {
    const chain = decodeChain(saved, this.#genesis.hash);
    this.#state.restore(chain.state);
    this.#history.restore(chain.blocks);
    this.#time = chain.time;
  }

  #ownApis(extrinsic: Parameters<typeof nodeApis>[0]["extrinsic"]) {
    return nodeApis({
      version: this.#runtime.version,
      extrinsic,
      metadataVersions: this.metadataVersions,
      // Asked for when called: the metadata describes these very methods.
      metadata: (version) => this.metadata(version),
      nonceOf: ({ state }, who) => this.#runtime.nonceOf(state, who),
      paymentInfo: (bytes) => this.paymentInfo(bytes),
    });
  }
}

/** Genesis goes in front of these. */
const SAVED_BLOCKS = 2_400;

const CLASSES = { Normal: "normal", Operational: "operational", Mandatory: "mandatory" } as const;

const SIMPLIFICATIONS = [
  "One node, no peers: no forks, no retractions, and a block is final about 100 ms after it was announced.",
  "State roots and extrinsics roots commit to the content but are no Merkle roots: there are no storage proofs.",
  "State can be read at the last 2,400 blocks; a chain that was saved and loaded begins anew with its head's.",
  "Blocks have no author and no digest, and are bounded by bytes and count of extrinsics instead of weight.",
  "Signatures may be sr25519 or ed25519; extrinsics are version 4 without a metadata hash.",
];
