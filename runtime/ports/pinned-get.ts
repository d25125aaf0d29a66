/**
 * One GET over a connection to an address that was approved first, as a port. The name is looked up once and the
 * connection goes to what was approved: a name that comes to mean another address in between changes nothing.
 */
import { lookup } from "node:dns/promises";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Failure } from "../../protocol/failure.ts";

export interface PinnedGetOptions {
  /** All addresses of the name have to pass. */
  allow: (address: string, port: number) => boolean;
  headers: Readonly<Record<string, string>>;
  /** Of the body; what is beyond is not read. */
  maxBytes: number;
  signal: AbortSignal;
}

export interface PinnedAnswer {
  status: number;
  /** By lower-case name; of repeated ones the first. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** The body went on. */
  cut: boolean;
}

/**
 * Follows no redirects and uses no proxy. Fails with `refused` for an address that is not allowed, `not-found` for a name
 * without addresses, `cancelled` by the signal, and `unavailable` for everything that goes wrong on the way.
 */
export type PinnedGet = (url: URL, options: PinnedGetOptions) => Promise<PinnedAnswer>;

interface Address {
  address: string;
  family: number;
}

const MOST_HEADERS = 64;

export const createPinnedGet =
  (
    resolve: (name: string) => Promise<Address[]> = (name) => lookup(name, { all: true, verbatim: true }),
  ): PinnedGet =>
  async (url, options) => {
    const { signal, allow } = options;
    const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const addresses = await addressesOf(host, resolve, signal);
    const forbidden = addresses.find(({ address }) => !allow(address, port));
    if (forbidden !== undefined) {
      throw new Failure("refused", "the address is not a public one", {
        meta: { host: host.slice(0, 255), port },
      });
    }
    return await get(url, { ...options, port, host, pinned: addresses });
  };

async function addressesOf(
  host: string,
  resolve: (name: string) => Promise<Address[]>,
  signal: AbortSignal,
): Promise<Address[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  if (signal.aborted) throw cancelled(signal);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(cancelled(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const found = await Promise.race([resolve(host), aborted.promise]);
    if (found.length > 0) return found;
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  throw new Failure("not-found", "the name has no address", { meta: { host: host.slice(0, 255) } });
}

function get(
  url: URL,
  options: PinnedGetOptions & { port: number; host: string; pinned: readonly Address[] },
): Promise<PinnedAnswer> {
  const { port, host, pinned, headers, maxBytes, signal } = options;
  const [first] = pinned;
  const toPinned: LookupFunction = (_name, { all }, found) => {
    if (all) found(null, [...pinned]);
    else found(null, first!.address, first!.family);
  };
  return new Promise((resolve, reject) => {
    const fail = (cause: Error & { code?: string }) =>
      reject(
        signal.aborted
          ? cancelled(signal)
          : new Failure("unavailable", "the page cannot be read", {
              meta: { host: host.slice(0, 255), reason: (cause.code ?? cause.message).slice(0, 200) },
              cause,
            }),
      );
    const request = (url.protocol === "https:" ? https : http).get(
      {
        ...{ host, port, path: url.pathname + url.search, headers, signal, agent: false },
        lookup: toPinned,
      },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        const done = (cut: boolean) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers)
                .slice(0, MOST_HEADERS)
                .map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]),
            ),
            body: Buffer.concat(parts),
            cut,
          });
        response.on("data", (part: Buffer) => {
          const room = maxBytes - size;
          if (room > 0) parts.push(part.subarray(0, room));
          size += part.length;
          if (size <= maxBytes) return;
          done(true);
          request.destroy();
        });
        response.on("end", () => done(false));
        response.on("error", fail);
      },
    );
    request.on("error", fail);
  });
}

const cancelled = (signal: AbortSignal): Failure =>
  new Failure("cancelled", "the page was not read to its end", { cause: signal.reason });
