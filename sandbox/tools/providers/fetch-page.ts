/**
 * `fetch_page` from here: the one tool that connects to where a stranger says. Only to public addresses, re-checked at
 * every redirect, for so long and so much. What goes wrong is the page's affair, and so the program's that asked for it:
 * a page of the miner's own could otherwise make its job nobody's fault.
 */
import { Failure } from "../../../protocol/failure.ts";
import type { PinnedAnswer, PinnedGet } from "../../../runtime/ports/pinned-get.ts";
import { cleanText } from "../../text.ts";
import { NO_USAGE } from "../price-book.ts";
import type { ProviderAnswer, ToolProvider } from "../provider.ts";
import { pageText } from "./page-text.ts";
import { isPublicWeb } from "./public-address.ts";

export interface FetchPageOptions {
  get: PinnedGet;
  /** Calls at once; default 8. */
  parallel?: number;
  /** For tests, whose servers are not on public addresses. */
  allow?: (address: string, port: number) => boolean;
}

const MOST_REDIRECTS = 5;
const MOST_BYTES = 2 * 1024 * 1024;
/** Room for everything that is not text, and for what escaping adds. */
const TEXT_SHARE = 4;
const NOTE = 1_000;
const HEADERS = {
  accept: "text/html, text/plain, application/xhtml+xml, application/json;q=0.5, */*;q=0.1",
  "accept-encoding": "identity", // what was compressed could be a thousand times larger
  "user-agent": "Orrery/1 (fetch_page)",
};
const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
const PLAIN = /^(?:text\/[a-z0-9.+-]+|application\/(?:[a-z0-9.-]+\+)?(?:json|xml))$/;

export function fetchPage({ get, parallel = 8, allow = isPublicWeb }: FetchPageOptions): ToolProvider {
  return {
    name: "fetch",
    tools: ["fetch_page"],
    parallel,
    async call(call, { signal, maxBytes }) {
      if (call.tool !== "fetch_page") throw new Failure("defect", `fetch was asked for ${call.tool}`);
      let url = webAddress(call.arguments.url);
      for (let redirects = 0; ; redirects++) {
        const answer = await get(url, { allow, headers: HEADERS, maxBytes: MOST_BYTES, signal }).catch(pages);
        const next = redirection(answer, url);
        if (next === undefined) return await page(url, answer, Math.floor(maxBytes / TEXT_SHARE));
        if (redirects === MOST_REDIRECTS) throw wrong("refused", "the page redirects too often", url);
        url = next;
      }
    },
  };
}

const wrong = (code: "refused" | "not-found" | "unavailable", message: string, url?: URL, status?: number) =>
  new Failure(code, message, {
    owner: "miner",
    retryable: false,
    meta: {
      ...(url === undefined ? {} : { host: url.host.slice(0, 255) }),
      ...(status === undefined ? {} : { status }),
    },
  });

/** Failures on the way, as the page's. */
function pages(thrown: unknown): never {
  const failure = Failure.from(thrown);
  if (failure.code === "cancelled" || failure.code === "defect") throw failure;
  const { code, message, meta } = failure;
  throw new Failure(code, message, { owner: "miner", retryable: false, meta });
}

function webAddress(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    throw wrong("refused", "this is no address");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw wrong("refused", "only http and https are fetched", url);
  }
  if (url.username !== "" || url.password !== "") {
    throw wrong("refused", "an address with a password is not fetched", url);
  }
  url.hash = "";
  return url;
}

function redirection({ status, headers }: PinnedAnswer, from: URL): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return webAddress(location.slice(0, 2_048), from);
}

async function page(url: URL, answer: PinnedAnswer, most: number): Promise<ProviderAnswer> {
  const { status, headers, body } = answer;
  if (status === 404 || status === 410) throw wrong("not-found", "there is no such page", url, status);
  if (status < 200 || status > 299) throw wrong("unavailable", "the page was not given", url, status);
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    throw wrong("refused", "the page is compressed although that was not asked for", url);
  }
  const [type = "", ...parameters] = (headers["content-type"] ?? "text/plain").toLowerCase().split(";");
  const html = HTML.test(type.trim());
  if (!html && !PLAIN.test(type.trim())) throw wrong("refused", "the page is no text", url);
  const text = decode(body, parameters);
  const read = html ? await pageText(text, most) : { title: undefined, text: cleanText(text, most) };
  if (read.text === "") throw wrong("refused", "the page has no text", url);
  const found = { url: url.href, title: read.title, note: read.text.slice(0, NOTE) };
  return {
    response: { data: [{ url: url.href, content: read.text, title: read.title ?? null }] },
    results: [found],
    usage: { ...NO_USAGE, results: 1 },
  };
}

/** By the charset of the header, UTF-8 without one that is known; what is no text becomes replacement characters. */
function decode(body: Uint8Array, parameters: readonly string[]): string {
  const charset = parameters.map((each) => /^\s*charset="?([\w-]+)"?\s*$/.exec(each)?.[1]).find(Boolean);
  try {
    return new TextDecoder(charset ?? "utf-8").decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}
