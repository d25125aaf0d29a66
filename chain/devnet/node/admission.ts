/** What a transaction must hold to wait in the pool, and again when its turn comes. */
import type { Hex } from "../../scale/hex.ts";
import { InvalidTransaction } from "../declare/index.ts";
import type { DevnetChain } from "./chain.ts";
import type { Exported } from "./exported.ts";
import type { PoolChecks, PoolEntry } from "./pool.ts";
import type { Candidate } from "./producer.ts";
import type { Runtime } from "./runtime.ts";
import {
  type CallDecoder,
  type DecodedTransaction,
  decodeTransaction,
  verifySignature,
} from "./transaction-check.ts";

export interface AdmissionOptions {
  readonly runtime: Runtime;
  readonly exported: Exported;
  readonly chain: DevnetChain;
  /** Timestamp that the next block would have. */
  readonly nextTime: () => number;
}

export class Admission implements PoolChecks {
  readonly #runtime: Runtime;
  readonly #chain: DevnetChain;
  readonly #decoder: CallDecoder;
  readonly #nextTime: () => number;

  constructor({ runtime, exported, chain, nextTime }: AdmissionOptions) {
    this.#runtime = runtime;
    this.#chain = chain;
    this.#nextTime = nextTime;
    this.#decoder = {
      type: exported.callType,
      table: exported.calls,
      nameOf: (pallet, call) => exported.metadata.callName(pallet, call),
    };
  }

  decode(bytes: Uint8Array): DecodedTransaction {
    return decodeTransaction(bytes, this.#decoder);
  }

  nonceOf(who: DecodedTransaction["who"]): number {
    return this.#chain.nonceOf(who);
  }

  validate(transaction: DecodedTransaction): Hex {
    const birthHash = this.#chain.birthHash(transaction.era);
    verifySignature(transaction, birthHash, this.#chain.signingFacts);
    if (transaction.nonce < this.nonceOf(transaction.who)) throw new InvalidTransaction("Stale");
    this.#chain.asNextBlock(this.#nextTime(), (run) => {
      const context = run.from({ kind: "signed", who: transaction.who });
      this.#runtime.validate(context, transaction);
      this.#runtime.prepare(context, transaction, this.#runtime.feeOf(transaction));
    });
    return birthHash;
  }

  /** The entry as a candidate for the next block, which checks again what may have changed since. */
  candidate(entry: PoolEntry): Candidate<PoolEntry> {
    const { transaction, bytes } = entry;
    const check = () => {
      const due = this.nonceOf(transaction.who);
      if (transaction.nonce !== due)
        throw new InvalidTransaction(transaction.nonce < due ? "Stale" : "Future");
      // An era that has passed names another block than the one that was signed.
      const birthHash = this.#chain.birthHash(transaction.era);
      if (birthHash !== entry.birthHash) verifySignature(transaction, birthHash, this.#chain.signingFacts);
    };
    return { entry, transaction, bytes, check };
  }
}
