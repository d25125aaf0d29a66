/** The nodes that may be asked, in order of preference, and which is to be tried next. */
import { Failure } from "../../../protocol/failure.ts";

export interface Endpoint {
  readonly url: string;
  /** Failures since it last served; 0 for one that works or was never tried. */
  failures: number;
  /** Why it is never tried again: it belongs to another chain. */
  banned: string | undefined;
}

export interface Endpoints {
  /**
   * The endpoint for the next attempt: after a failure another one than last time, where there is one. Fails with
   * `config` when all are banned.
   */
  next(): Endpoint;
  /** Whether each endpoint failed since any of them worked: time to slow down. */
  readonly exhausted: boolean;
  served(endpoint: Endpoint): void;
  failed(endpoint: Endpoint): void;
  ban(endpoint: Endpoint, reason: string): void;
}

const MAX_ENDPOINTS = 16;
const SCHEME = /^wss?:$/;

/** Fails with `config` for an address that is no `ws://` or `wss://`, for none and for too many. */
export function createEndpoints(urls: readonly string[]): Endpoints {
  if (urls.length === 0 || urls.length > MAX_ENDPOINTS) {
    throw new Failure("config", "a chain is reached by 1 to 16 endpoints", {
      meta: { endpoints: urls.length },
    });
  }
  for (const url of urls) {
    if (!SCHEME.test(URL.parse(url)?.protocol ?? "")) {
      throw new Failure("config", "an endpoint is a ws:// or wss:// address", {
        hint: "For example ws://127.0.0.1:9944.",
      });
    }
  }
  const endpoints = [...new Set(urls)].map((url): Endpoint => ({ url, failures: 0, banned: undefined }));
  let last = -1;
  const usable = () => endpoints.filter(({ banned }) => banned === undefined);
  return {
    next() {
      // In turn from the one after the last, so that a stalled node is not the first to be tried again.
      for (let step = 1; step <= endpoints.length; step++) {
        const at = (last + step) % endpoints.length;
        const endpoint = endpoints[at];
        if (endpoint === undefined || endpoint.banned !== undefined) continue;
        last = at;
        return endpoint;
      }
      throw new Failure("config", "every endpoint belongs to another chain", {
        meta: { endpoints: endpoints.length, reason: endpoints[0]?.banned ?? "" },
        hint: "Check --network against the genesis that was expected.",
      });
    },
    get exhausted() {
      return usable().every(({ failures }) => failures > 0);
    },
    served(endpoint) {
      endpoint.failures = 0;
    },
    failed(endpoint) {
      endpoint.failures++;
    },
    ban(endpoint, reason) {
      endpoint.banned = reason;
    },
  };
}
