/** A refusal at the pool, with Substrate's numbers and words: clients tell them apart by these. */
import { Failure } from "../../../protocol/failure.ts";

/** 1001 bad format, 1010 invalid, 1012 banned for a while, 1013 in the pool already, 1014 priority too low, 1016 pool full. */
export type PoolRefusalCode = 1001 | 1010 | 1012 | 1013 | 1014 | 1016;

export class PoolRefusal extends Failure {
  readonly rpcCode: PoolRefusalCode;
  /** JSON-RPC's `error.data`. */
  readonly data: string | undefined;

  constructor(rpcCode: PoolRefusalCode, message: string, data?: string) {
    super("refused", message, { meta: { code: rpcCode, ...(data === undefined ? {} : { data }) } });
    this.rpcCode = rpcCode;
    this.data = data;
  }

  static badFormat(why: string): PoolRefusal {
    return new PoolRefusal(1001, `Extrinsic has invalid format: ${why}`);
  }

  /** Invalid for a reason that the runtime names, such as `Custom error: 6`. */
  static invalid(data: string): PoolRefusal {
    return new PoolRefusal(1010, "Invalid Transaction", data);
  }

  static notSimulated(call: string): PoolRefusal {
    return new PoolRefusal(
      1010,
      "Invalid Transaction",
      `The devnet does not simulate ${call}: see devnet_info`,
    );
  }

  static banned(): PoolRefusal {
    return new PoolRefusal(1012, "Transaction is temporarily banned");
  }

  static alreadyImported(hash: string): PoolRefusal {
    return new PoolRefusal(1013, "Transaction Already Imported", hash);
  }

  static tooLowPriority(old: bigint, given: bigint): PoolRefusal {
    return new PoolRefusal(
      1014,
      `Priority is too low: (${old} vs ${given})`,
      "The transaction has too low priority to replace another transaction already in the pool.",
    );
  }

  static full(): PoolRefusal {
    return new PoolRefusal(
      1016,
      "Immediately Dropped",
      "The transaction couldn't enter the pool because of the limit",
    );
  }
}
