/** Makes blocks: opens the state, runs inherents and transactions, closes it, and names the result by its header. */
import type { Failure } from "../../../protocol/failure.ts";
import { createSeededRng } from "../../../runtime/ports/seeded-rng.ts";
import { encodeBare, extrinsicHash } from "../../scale/extrinsic.ts";
import { blake2b256 } from "../../scale/hash.ts";
import { type Header, hashHeader } from "../../scale/header.ts";
import { fromHex, type Hex, toHex } from "../../scale/hex.ts";
import { encode, InvalidTransaction, type RuntimeCall, type Type } from "../declare/index.ts";
import type { State } from "../state/state.ts";
import type { DevnetBlock } from "./block.ts";
import { BlockRun } from "./block-run.ts";
import type { CallTable } from "./call-table.ts";
import type { Runtime, Transaction } from "./runtime.ts";

/** As much as one block takes: normal extrinsics may fill three quarters of five MiB. */
const MAX_BLOCK_BYTES = (5 << 20) * 0.75;
const MAX_BLOCK_EXTRINSICS = 4_096;

export interface ProducerOptions {
  readonly runtime: Runtime;
  readonly state: State;
  readonly callType: Type<RuntimeCall>;
  readonly calls: CallTable;
  readonly onDefect: (failure: Failure) => void;
}

export interface Candidate<E> {
  readonly entry: E;
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
  /** Checks that depend on the block, such as the signature's era; throws an `InvalidTransaction`. */
  check(): void;
}

export interface Made<E> {
  readonly block: DevnetBlock;
  readonly changed: readonly Hex[];
  readonly included: readonly E[];
  readonly invalid: readonly E[];
}

export class Producer {
  readonly #options: ProducerOptions;

  constructor(options: ProducerOptions) {
    this.#options = options;
  }

  /**
   * Block 0, at time 0 as on every chain: its hash depends on its state and on `salt` alone, so that clients which cache
   * metadata by genesis find theirs again.
   */
  genesis(salt: Hex): DevnetBlock {
    const { runtime } = this.#options;
    runtime.genesis(this.run(0, 0, salt));
    const { root } = this.#options.state.seal(0);
    return blockOf({
      parentHash: `0x${"00".repeat(32)}`,
      number: 0,
      root,
      extrinsicsRoot: salt,
      extrinsics: [],
    });
  }

  make<E>(
    parent: DevnetBlock,
    now: number,
    { before, candidates }: { before: (run: BlockRun) => void; candidates: readonly Candidate<E>[] },
  ): Made<E> {
    const { runtime, state } = this.#options;
    const run = this.run(parent.number + 1, now, parent.hash);
    runtime.initialize(run, parent.hash);
    before(run);
    const extrinsics: Uint8Array[] = [];
    for (const call of runtime.inherents(run)) {
      run.phase = { type: "ApplyExtrinsic", value: extrinsics.length };
      extrinsics.push(this.#applyInherent(run, call));
    }
    const included: E[] = [];
    const invalid: E[] = [];
    let bytes = 0;
    for (const candidate of candidates) {
      bytes += candidate.bytes.length;
      if (bytes > MAX_BLOCK_BYTES || extrinsics.length >= MAX_BLOCK_EXTRINSICS) break;
      run.phase = { type: "ApplyExtrinsic", value: extrinsics.length };
      if (this.#apply(run, candidate)) {
        included.push(candidate.entry);
        extrinsics.push(candidate.bytes);
      } else invalid.push(candidate.entry);
    }
    run.phase = { type: "Finalization", value: undefined };
    runtime.finalize(run, () => run.events, extrinsics.length);
    const { changed, root } = state.seal(run.block);
    const block = blockOf({
      parentHash: parent.hash,
      number: run.block,
      root,
      extrinsicsRoot: rootOf(extrinsics),
      extrinsics,
    });
    return { block, changed, included, invalid };
  }

  /** A block in the making; also for questions about the next one. */
  run(block: number, now: number, seed: Hex): BlockRun {
    const { state, calls, onDefect } = this.#options;
    return new BlockRun({ state, block, now, rng: createSeededRng(seed), calls, onDefect });
  }

  #applyInherent(run: BlockRun, call: RuntimeCall): Uint8Array {
    const { runtime, calls, callType } = this.#options;
    const { failure } = run.dispatch(call, { kind: "none" });
    const ended = { transaction: undefined, declared: calls.find(call), fee: 0n, free: false, failure };
    runtime.settle(run.from({ kind: "none" }), ended);
    return encodeBare(encode(callType, call));
  }

  /** Whether the transaction is in the block, be it that it failed there; false leaves no trace of it. */
  #apply<E>(run: BlockRun, { transaction, check }: Candidate<E>): boolean {
    const { runtime } = this.#options;
    const context = run.from({ kind: "signed", who: transaction.who });
    let fee: bigint;
    try {
      fee = run.undoing(() => {
        check();
        runtime.validate(context, transaction);
        const due = runtime.feeOf(transaction);
        runtime.prepare(context, transaction, due);
        return due;
      });
    } catch (error) {
      if (error instanceof InvalidTransaction) return false;
      throw error;
    }
    const { failure, free } = run.dispatch(transaction.call, context.origin);
    runtime.settle(context, { transaction, declared: transaction.declared, fee, free, failure });
    return true;
  }
}

function blockOf(parts: {
  parentHash: Hex;
  number: number;
  root: Hex;
  extrinsicsRoot: Hex;
  extrinsics: Uint8Array[];
}): DevnetBlock {
  const { parentHash, number, root, extrinsicsRoot, extrinsics } = parts;
  const header: Header = { parentHash, number, stateRoot: root, extrinsicsRoot, digest: { logs: [] } };
  return { number, hash: hashHeader(header), header, extrinsics };
}

/** A commitment to the extrinsics and their order; the chain's is the root of a trie. */
const rootOf = (extrinsics: readonly Uint8Array[]): Hex =>
  toHex(blake2b256(...extrinsics.map((extrinsic) => fromHex(extrinsicHash(extrinsic)))));
