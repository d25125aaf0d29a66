/** Who may ask, by API key or by the signature of a hotkey, and how often. */
import { timingSafeEqual } from "node:crypto";
import type { ReplayCache } from "../../../chain/auth/index.ts";
import { verifyBtAuth, verifyEpistula } from "../../../chain/auth/index.ts";
import { Failure } from "../../../protocol/failure.ts";
import type { Clock } from "../../../runtime/ports/clock.ts";
import { type Rate, TokenBuckets } from "../../registry/token-buckets.ts";

export interface CallersOptions {
  clock: Clock;
  /** Names of keys by sha256 of the key, in hex: the keys themselves are kept nowhere. */
  keys?: ReadonlyMap<string, string>;
  /** Signed requests of hotkeys, as btauth/1 or Epistula v2. */
  hotkeys?: { receiver: string; replay: ReplayCache; knows: (hotkey: string) => boolean };
  /** Anybody may ask: for a listener that only this machine reaches. */
  open?: boolean;
  /** Requests of one caller. Default 60 at once and 10 a second. */
  rate?: Rate;
}

export interface Callers {
  /** Before a body is read: fails with `unauthorised` for a request that no body could make one of a known caller. */
  greet(request: Request): void;
  /** The caller's name. Fails with `unauthorised`, and with `overloaded` for one that asks too often. */
  admit(request: Request, body: Uint8Array): Promise<string>;
  /** The request asked for more answers than one: each counts as a request, and the next ones wait for them. */
  owes(name: string, more: number): void;
}

const RATE: Rate = { burst: 60, perMs: 100 };
const REMEMBERED = 10_000;
const BEARER = /^Bearer +(\S{1,512})$/i;

export function createCallers(options: CallersOptions): Callers {
  const { clock, keys = new Map(), open = false, rate = RATE } = options;
  const buckets = new TokenBuckets({ clock, what: "caller", rate, capacity: REMEMBERED });

  async function nameOf(request: Request, body: Uint8Array): Promise<string> {
    const key = BEARER.exec(request.headers.get("authorization") ?? "")?.[1];
    if (key !== undefined) {
      const name = nameOfKey(keys, key);
      if (name !== undefined) return `key ${name}`;
      if (!open) throw unknown("this API key is not known here");
    }
    const { hotkeys } = options;
    if (hotkeys !== undefined) {
      const url = new URL(request.url);
      const signed = {
        method: request.method,
        target: url.pathname + url.search,
        body,
        headers: request.headers,
      };
      const { receiver, replay, knows } = hotkeys;
      const verifier = { clock, replay, knows, receiver };
      if (request.headers.has("x-bittensor-signature")) return (await verifyBtAuth(signed, verifier)).hotkey;
      if (request.headers.has("epistula-request-signature"))
        return (await verifyEpistula(signed, verifier)).hotkey;
    }
    if (open) return "local";
    throw unknown("who asks is not known");
  }

  return {
    greet({ headers }) {
      const key = BEARER.exec(headers.get("authorization") ?? "")?.[1];
      if (open || (key !== undefined && nameOfKey(keys, key) !== undefined)) return;
      const signer = headers.get("x-bittensor-hotkey") ?? headers.get("epistula-signed-by");
      if (signer !== null && options.hotkeys?.knows(signer) === true) return;
      throw unknown(key === undefined ? "who asks is not known" : "this API key is not known here");
    },
    async admit(request, body) {
      const name = await nameOf(request, body);
      buckets.take(name);
      return name;
    },
    owes: (name, more) => buckets.owe(name, more),
  };
}

/** Every key is compared, and by its digest: neither how far one matches nor which one shows in the time it takes. */
function nameOfKey(keys: ReadonlyMap<string, string>, key: string): string | undefined {
  const digest = new Bun.CryptoHasher("sha256").update(key).digest();
  let found: string | undefined;
  for (const [hex, name] of keys) if (timingSafeEqual(Buffer.from(hex, "hex"), digest)) found = name;
  return found;
}

const unknown = (message: string): Failure =>
  new Failure("unauthorised", message, {
    hint: "Send an API key of this server as a bearer token, or sign the request with a registered hotkey.",
  });
