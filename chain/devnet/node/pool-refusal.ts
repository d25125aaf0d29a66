/** A refusal at the pool, with Substrate's numbers: clients tell them apart by code and data. */
import { Failure } from "../../../protocol/failure.ts";

/** 1002 verification, 1010 invalid (`data` says why), 1011 unknown validity, 1012 banned, 1013 imported already, 1014 priority too low, 1016 pool full. */
export type PoolRefusalCode = 1002 | 1010 | 1011 | 1012 | 1013 | 1014 | 1016;

export class PoolRefusal extends Failure {
  readonly rpcCode: PoolRefusalCode;
  /** JSON-RPC's `error.data`. */
  readonly data: string | undefined;

  constructor(rpcCode: PoolRefusalCode, message: string, data?: string) {
    super("refused", message, { meta: { code: rpcCode, ...(data === undefined ? {} : { data }) } });
    this.rpcCode = rpcCode;
    this.data = data;
  }

  /** Invalid for a reason that the runtime names. */
  static invalid(data: string): PoolRefusal {
    return new PoolRefusal(1010, "Invalid Transaction", data);
  }
}
