import { afterAll, describe, expect, test } from "bun:test";
import { createPinnedGet } from "../../../runtime/ports/pinned-get.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { parseCall } from "../call.ts";
import { fetchPage } from "./fetch-page.ts";
import { pageText } from "./page-text.ts";
import { isPublicAddress, isPublicWeb } from "./public-address.ts";

const HTML = { "content-type": "text/html; charset=utf-8" };
let handle: (request: Request) => Response | Promise<Response>;
const asked: string[] = [];
const server = Bun.serve({
  port: 0,
  fetch: (request) => {
    asked.push(request.url);
    return handle(request);
  },
});
afterAll(() => server.stop(true));

/** Names for this machine, as public ones would be; the rest of loopback is not allowed. */
const resolve = async (name: string) => {
  if (name === "nowhere.example") return [];
  if (name === "inside.example") return [{ address: "127.0.0.2", family: 4 }];
  if (name === "both.example") {
    return [
      { address: "127.0.0.1", family: 4 },
      { address: "10.0.0.1", family: 4 },
    ];
  }
  return [{ address: "127.0.0.1", family: 4 }];
};
const provider = fetchPage({ get: createPinnedGet(resolve), allow: (address) => address === "127.0.0.1" });
const at = (host: string, path = "/") => `http://${host}:${server.port}${path}`;
const fetched = (url: string, options: { signal?: AbortSignal; maxBytes?: number } = {}) =>
  provider.call(parseCall(JSON.stringify({ tool: "fetch_page", kwargs: { url } })), {
    ...{ signal: new AbortController().signal, maxBytes: 1_000_000, ...options },
  });

describe("fetch_page", () => {
  test("gives the text and the title of a page, to be cited by its address", async () => {
    handle = (request) =>
      new Response(`<title>A &amp; B</title><p>for ${request.headers.get("host")}</p>`, { headers: HTML });
    const url = at("page.example", "/x?y=1");
    expect(await fetched(`${url}#part`)).toEqual({
      response: { data: [{ url, title: "A & B", content: `for page.example:${server.port}` }] },
      results: [{ url, title: "A & B", note: `for page.example:${server.port}` }],
      usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0, results: 1 },
    });
  });

  test("follows redirects, each checked anew: none leads inside", async () => {
    handle = ({ url }) =>
      url.endsWith("/start") ? Response.redirect(at("other.example", "/end")) : new Response("there");
    const { results } = await fetched(at("page.example", "/start"));
    expect(results[0]?.url).toBe(at("other.example", "/end"));
    for (const inside of [
      at("inside.example"),
      at("127.0.0.2"),
      at("[::1]"),
      `http://2130706434:${server.port}/`, // 127.0.0.2 as one number
      "file:///etc/passwd",
      "http://user:password@page.example/",
      "gopher://page.example/",
    ]) {
      handle = ({ url }) =>
        url.endsWith("/start")
          ? new Response("", { status: 302, headers: { location: inside } })
          : new Response("in");
      const failure = await rejection(fetched(at("page.example", "/start")));
      expect([inside, failure.code, failure.owner]).toEqual([inside, "refused", "miner"]);
    }
  });

  test("does not begin at an address inside, nor at a name that has one among others", async () => {
    handle = () => new Response("inside");
    const before = asked.length;
    for (const url of [
      at("inside.example"),
      at("both.example"),
      at("127.0.0.2"),
      at("0x7f.0.0.2"),
      at("[::ffff:7f00:2]"),
    ]) {
      expect([url, (await rejection(fetched(url))).code]).toEqual([url, "refused"]);
    }
    expect(asked.length).toBe(before);
  });

  test("connects to the address that was checked, whatever the name means a moment later", async () => {
    let lookups = 0;
    const rebinding = createPinnedGet(async () => {
      lookups++;
      return [{ address: lookups === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    });
    handle = () => new Response("the first");
    const answer = await rebinding(new URL(at("rebind.example")), {
      ...{ allow: (address) => address === "127.0.0.1", headers: {}, maxBytes: 100 },
      signal: new AbortController().signal,
    });
    expect([new TextDecoder().decode(answer.body), lookups]).toEqual(["the first", 1]);
  });

  test("ends redirects that go round", async () => {
    handle = () => Response.redirect(at("page.example"));
    const before = asked.length;
    expect((await rejection(fetched(at("page.example")))).message).toContain("redirects too often");
    expect(asked.length - before).toBe(6);
  });

  test.each([
    [404, "not-found"],
    [410, "not-found"],
    [403, "unavailable"],
    [500, "unavailable"],
    [204, "refused"],
  ] as const)("a page that answers %i is the program's affair: %s", async (status, code) => {
    handle = () => new Response(null, { status });
    const failure = await rejection(fetched(at("page.example")));
    expect([failure.code, failure.owner, failure.retryable]).toEqual([code, "miner", false]);
  });

  test("takes nothing but text, and nothing compressed", async () => {
    handle = () => new Response("%PDF", { headers: { "content-type": "application/pdf" } });
    expect((await rejection(fetched(at("page.example")))).message).toContain("no text");
    handle = () =>
      new Response(Bun.gzipSync("x".repeat(1e6)), { headers: { ...HTML, "content-encoding": "gzip" } });
    expect((await rejection(fetched(at("page.example")))).message).toContain("compressed");
    handle = () => new Response("{}", { headers: { "content-type": "application/ld+json" } });
    expect((await fetched(at("page.example"))).response).toMatchObject({ data: [{ content: "{}" }] });
  });

  test("stops reading at two mebibytes of an endless page, and gives what fits", async () => {
    let sent = 0;
    handle = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 65_536;
            controller.enqueue(new Uint8Array(65_536).fill(97));
          },
        }),
      );
    const { response } = await fetched(at("page.example"), { maxBytes: 4_000 });
    expect((response as { data: { content: string }[] }).data[0]?.content).toBe("a".repeat(1_000));
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test("leaves a page that does not answer when it is cancelled, also while its name is looked up", async () => {
    handle = () => new Promise<Response>(() => {});
    const abort = new AbortController();
    const page = fetched(at("page.example"), { signal: abort.signal });
    const slow = createPinnedGet(() => new Promise(() => {}));
    const name = slow(new URL("http://slow.example/"), {
      ...{ allow: () => true, headers: {}, maxBytes: 1, signal: abort.signal },
    });
    abort.abort();
    expect([(await rejection(page)).code, (await rejection(name)).code]).toEqual(["cancelled", "cancelled"]);
  });

  test("tells a name that does not exist and a server that is not there", async () => {
    expect((await rejection(fetched("http://nowhere.example/"))).code).toBe("not-found");
    expect((await rejection(fetched("http://page.example:1/"))).code).toBe("unavailable");
    expect((await rejection(fetched("not an address"))).code).toBe("refused");
  });
});

describe("public addresses", () => {
  test.each([
    ...["127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0"],
    ...["100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "192.0.0.192", "::", "::1", "fe80::1"],
    ...["fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::1"],
    ...["2001:db8::1", "2001::1", "::7f00:1", "fe80::1%eth0", "localhost", "", "8.8.8"],
  ])("are not: %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "2a00:1450::1"])(
    "are: %s",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  test("are reached on the web's own ports only", () => {
    expect([80, 443, 22, 8080, 4222].map((port) => isPublicWeb("8.8.8.8", port))).toEqual([
      ...[true, true, false, false, false],
    ]);
  });
});

describe("the text of a page", () => {
  const text = async (html: string, most = 10_000) => (await pageText(html, most)).text;

  test("is what a reader would see, blocks on their own lines", async () => {
    const html = `<html><head><title> A
      title </title><style>p{}</style><script>alert(1)</script></head><body><h1>Head</h1><p>One <b>two</b>
      three</p><ul><li>a<li>b</ul><noscript>no</noscript><table><tr><td>x</td><td>y</td></tr></table></body></html>`;
    expect(await pageText(html, 10_000)).toEqual({
      title: "A title",
      text: "Head\nOne two three\na\nb\nx\ty",
    });
  });

  test("has its entities decoded once, and no control characters", async () => {
    expect(await text("<p>a &lt;b&gt; &amp;amp; &#233;&#xe9; &nope; &#0;&#xd800;&#27;[31m</p>")).toBe(
      "a <b> &amp; éé &nope; ",
    );
  });

  test("is bounded, whatever the page is", async () => {
    expect((await text("<p>word</p>".repeat(10_000), 100)).length).toBeLessThanOrEqual(100);
    expect(await text("<p>".repeat(100_000))).toBe("");
    expect(await text("<p>a</p><script>never ends")).toBe("a");
  });
});
