/** Downloads a wheel from a simple-API package index (PEP 503, JSON of PEP 691) without Python. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { WheelPin } from "./wheel-pin.ts";

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

const MAX_PAGE = 16 * 1024 * 1024;
const MAX_WHEEL = 256 * 1024 * 1024;

const Project = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })).max(20_000) });

/** The wheel's bytes, their digest not yet checked. Throws `unavailable` or `not-found`. */
export async function downloadFromIndex(
  pin: WheelPin,
  options: { indexUrl: string; fetch: Fetch; signal?: AbortSignal; onProgress?: (fraction: number) => void },
): Promise<Uint8Array> {
  const page = `${options.indexUrl.replace(/\/+$/, "")}/${pin.project}/`;
  const listing = await get(page, options, MAX_PAGE, "application/vnd.pypi.simple.v1+json, text/html;q=0.1");
  const url = wheelUrl(new TextDecoder().decode(listing), pin.wheel, page);
  if (url === undefined) {
    throw new Failure("not-found", `the package index has no ${pin.wheel}`, { meta: { index: host(page) } });
  }
  return await get(url, options, MAX_WHEEL, "*/*", options.onProgress);
}

/** Indexes answer JSON or, when older, a page of links. */
function wheelUrl(listing: string, wheel: string, page: string): string | undefined {
  if (!listing.trimStart().startsWith("{")) {
    const link = [...listing.matchAll(/href="([^"#]+)/g)].find(([, url]) => url?.endsWith(`/${wheel}`));
    return link?.[1] === undefined ? undefined : new URL(link[1].replaceAll("&amp;", "&"), page).href;
  }
  const file = Project.parse(JSON.parse(listing)).files.find(({ filename }) => filename === wheel);
  return file === undefined ? undefined : new URL(file.url, page).href;
}

async function get(
  url: string,
  options: { fetch: Fetch; signal?: AbortSignal },
  limit: number,
  accept: string,
  onProgress?: (fraction: number) => void,
): Promise<Uint8Array> {
  const response = await options.fetch(url, {
    headers: { accept },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!response.ok || response.body === null) {
    throw new Failure("unavailable", `the package index answered ${response.status}`, {
      meta: { index: host(url) },
    });
  }
  const total = Number(response.headers.get("content-length") ?? 0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit) throw new Failure("too-large", "the package index sends too much", { meta: { limit } });
    chunks.push(chunk);
    if (total > 0) onProgress?.(Math.min(1, size / total));
  }
  return Buffer.concat(chunks);
}

/** Never the whole URL: it may hold credentials. */
const host = (url: string): string => new URL(url).host;
