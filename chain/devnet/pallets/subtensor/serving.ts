/** Neurons tell where they can be reached. */
import { type AccountId, type BlockContext, type CallContext, ensure, event } from "../../declare/index.ts";
import { isDialable, isIpType } from "./endpoint.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { S } from "./storage.ts";
import { type At, uidOf } from "./subnets.ts";
import { AllowLoopback } from "./switches.ts";

export interface Endpoint {
  version: number;
  ip: bigint;
  port: number;
  ip_type: number;
}

export interface AxonEndpoint extends Endpoint {
  protocol: number;
  placeholder1: number;
  placeholder2: number;
}

/** What the chain checks before it takes the extrinsic at all, in its order. */
export function checkAxon(at: At, hotkey: AccountId, netuid: number, { ip, ip_type, port }: Endpoint): void {
  ensure(uidOf(at, netuid, hotkey) !== undefined, errors, "HotKeyNotRegisteredInNetwork");
  ensure(isIpType(ip_type), errors, "InvalidIpType");
  const loopback = at.state.get(AllowLoopback);
  ensure(isDialable(ip_type, ip, { zero: true, loopback }), errors, "InvalidIpAddress");
  const last = at.state.get(S.Axons, netuid, hotkey)?.block ?? 0n;
  ensure(mayServe(at, netuid, last), errors, "ServingRateLimitExceeded");
  ensure(port !== 0, errors, "InvalidPort");
}

/** The same for Prometheus, whose order is another one. */
export function checkPrometheus(
  at: At,
  hotkey: AccountId,
  netuid: number,
  { ip, ip_type, port }: Endpoint,
): void {
  ensure(isIpType(ip_type), errors, "InvalidIpType");
  const loopback = at.state.get(AllowLoopback);
  ensure(isDialable(ip_type, ip, { zero: false, loopback }), errors, "InvalidIpAddress");
  ensure(uidOf(at, netuid, hotkey) !== undefined, errors, "HotKeyNotRegisteredInNetwork");
  const last = at.state.get(S.Prometheus, netuid, hotkey)?.block ?? 0n;
  ensure(mayServe(at, netuid, last), errors, "ServingRateLimitExceeded");
  ensure(port !== 0, errors, "InvalidPort");
}

function mayServe({ state, block }: At, netuid: number, last: bigint): boolean {
  const limit = state.get(S.ServingRateLimit, netuid);
  return limit === 0n || last === 0n || BigInt(block) - last >= limit;
}

const MAX_KEY = 64;

/** With a certificate when one is given: its first byte is the algorithm, the rest (at most 64 bytes) the key. */
export function serveAxon(
  context: CallContext,
  netuid: number,
  endpoint: AxonEndpoint,
  certificate?: Uint8Array,
): void {
  const { state, block } = context;
  const hotkey = context.signer();
  checkAxon(context, hotkey, netuid, endpoint);
  putCertificate(context, netuid, hotkey, certificate);
  state.put(S.Axons, netuid, hotkey, { block: BigInt(block), ...endpoint });
  context.emit(event(events, "AxonServed", [netuid, hotkey]));
}

function putCertificate(
  { state }: BlockContext,
  netuid: number,
  hotkey: AccountId,
  certificate: Uint8Array | undefined,
): void {
  const [algorithm, ...key] = certificate ?? [];
  // One that is too long or empty is passed over, as on chain.
  if (algorithm === undefined || key.length > MAX_KEY) return;
  state.put(S.NeuronCertificates, netuid, hotkey, { algorithm, public_key: Uint8Array.from(key) });
}

export function servePrometheus(context: CallContext, netuid: number, endpoint: Endpoint): void {
  const { state, block } = context;
  const hotkey = context.signer();
  checkPrometheus(context, hotkey, netuid, endpoint);
  state.put(S.Prometheus, netuid, hotkey, { block: BigInt(block), ...endpoint });
  context.emit(event(events, "PrometheusServed", [netuid, hotkey]));
}
