import { expect, test } from "bun:test";
import { ApiError } from "../../protocol/views.ts";
import { gatewayWorld } from "../../test/web/world.ts";
import { guarded } from "./http-guard.ts";

const answering = (loopback: boolean) => guarded({ handle: () => new Response("yes"), loopback });
const ask = (headers: Record<string, string>, method = "GET") =>
  new Request("http://localhost/", { headers, method });

test.each([
  ["localhost", 200],
  ["localhost:7070", 200],
  ["127.0.0.1:7070", 200],
  ["[::1]:7070", 200],
  ["orrery.localhost", 200],
  ["evil.example", 403],
  ["127.0.0.1.evil.example", 403],
  ["localhost.evil.example:7070", 403],
  ["", 403],
])("on loopback, Host %j is answered with %i", async (host, status) => {
  const answer = await answering(true)(ask({ host }));
  expect(answer.status).toBe(status);
  if (status === 403) expect(ApiError.parse(await answer.json()).error.code).toBe("refused");
});

test("bound to other addresses, any name may lead here", async () => {
  expect((await answering(false)(ask({ host: "orrery.example" }))).status).toBe(200);
});

test.each([
  ["GET", "http://evil.example", 200],
  ["POST", "http://evil.example", 403],
  ["POST", "null", 403],
  ["POST", "http://localhost:7070", 200],
  ["DELETE", "http://localhost:1", 403],
])(
  "%s from a page of %s is answered with %i, and without leave to read it",
  async (method, origin, status) => {
    const answer = await answering(true)(ask({ host: "localhost:7070", origin }, method));
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  },
);

test("a node's pages, over a real connection", async () => {
  await using world = await gatewayWorld();
  const get = (path: string, init: RequestInit = {}) => fetch(world.url + path, init);
  expect(await (await get("/health")).json()).toEqual({ node: world.node.name, state: "ready" });
  expect((await get("/ready")).status).toBe(200);
  const metrics = await get("/metrics");
  expect(metrics.headers.get("content-type")).toStartWith("text/plain");
  expect(await metrics.text()).toContain("orrery_node_ready");
  expect(await (await get("/inspect")).json()).toMatchObject({ name: world.node.name });
  for (const path of ["/health", "/", "/api/v1/snapshot", "/nothing"]) {
    const answer = await get(path);
    await answer.body?.cancel();
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  }
  const missing = await get("/nothing");
  expect(missing.status).toBe(404);
  expect(ApiError.parse(await missing.json()).error.hint).toBeString();
});

test("HEAD tells what GET would, and begins no stream", async () => {
  await using world = await gatewayWorld();
  const page = await fetch(`${world.url}/`);
  const head = await fetch(`${world.url}/`, { method: "HEAD" });
  expect(head.headers.get("etag")).toBe(page.headers.get("etag"));
  expect(head.headers.get("content-length")).toBe(String((await page.arrayBuffer()).byteLength));
  expect(await head.text()).toBe("");
  for (let i = 0; i < 300; i++) {
    expect((await fetch(`${world.url}/api/v1/events`, { method: "HEAD" })).status).toBe(200);
  }
}, 20_000);

test("the page and its parts are served once: a browser that holds them gets 304", async () => {
  await using world = await gatewayWorld();
  const page = await fetch(`${world.url}/`);
  const etag = page.headers.get("etag") ?? "";
  const again = await fetch(`${world.url}/`, { headers: { "if-none-match": etag } });
  expect(again.status).toBe(304);
  const script = /src="([^"]+\.js)"/.exec(await page.text())?.[1];
  const part = await fetch(world.url + script);
  expect(part.headers.get("content-type")).toContain("javascript");
  expect(part.headers.get("cache-control")).toContain("immutable");
});
