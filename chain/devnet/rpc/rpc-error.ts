/** Errors as JSON-RPC carries them, with the numbers that a Substrate node uses: clients branch on them. */
import { Failure, type FailureCode } from "../../../protocol/failure.ts";
import { PoolRefusal } from "../node/pool-refusal.ts";

export const RPC = {
  parse: -32_700,
  invalidRequest: -32_600,
  unknownMethod: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** A refusal of the devnet's own methods; `data` says more. */
  devnet: -32_000,
  tooManySubscriptions: -32_006,
  tooLargeAnswer: -32_008,
  tooLargeBatch: -32_010,
  busy: -32_029,
  /** What Substrate's `chain_` and `state_` answer when a block, its state or a runtime call is missing. */
  client: 4_003,
} as const;

export interface RpcErrorObject {
  code: number;
  message: string;
  data?: unknown;
}

/** An answer that says no. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** What of ours is a client error of Substrate's. Pool refusals carry their own number. */
const CODES: Partial<Record<FailureCode, number>> = {
  malformed: RPC.invalidParams,
  "not-found": RPC.client,
  "unknown-method": RPC.client,
};

/** Any thrown value as the answer's `error`; what nobody foresaw says nothing of our insides. */
export function errorObject(thrown: unknown): RpcErrorObject {
  if (thrown instanceof RpcError) return object(thrown.code, thrown.message, thrown.data);
  if (thrown instanceof PoolRefusal) return object(thrown.rpcCode, thrown.message, thrown.data);
  const failure = Failure.from(thrown);
  if (failure.code === "defect") return object(RPC.internal, "Internal error");
  const code = CODES[failure.code] ?? RPC.devnet;
  // Clients look for Substrate's words in the message (`State already discarded for …`): ours stay out of it.
  if (code === RPC.client) return object(code, `Client error: ${failure.message}`);
  const message = code === RPC.invalidParams ? `Invalid params: ${failure.toLine()}` : failure.toLine();
  return object(code, message, failure.toWire());
}

const object = (code: number, message: string, data?: unknown): RpcErrorObject =>
  data === undefined ? { code, message } : { code, message, data };
