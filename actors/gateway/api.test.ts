import { expect, test } from "bun:test";
import { connect } from "node:net";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { z } from "zod";
import { guarded } from "../../cli/node/http-guard.ts";
import type { NewEvent } from "../../ledger/ledger.ts";
import { ApiError, EvidenceView, MinerPage, SNAPSHOT_PARTS, Snapshot } from "../../protocol/views.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { keptLog } from "../../test/support/quiet.ts";
import * as story from "../../test/web/story.ts";
import { putJson } from "../json-blob.ts";

import { createApi } from "./api.ts";
import { createChanges } from "./changes.ts";
import { MAX_EVIDENCE_BYTES } from "./evidence.ts";
import { createReadModel } from "./read-model.ts";

const TWO = story.seats(2);

function gateway(options: { maxListeners?: number } = {}) {
  const clock = manualClock();
  const changes = createChanges();
  const blobs = createMemoryBlobs();
  const log = keptLog();
  const stop = new AbortController();
  const model = createReadModel({ net: "test", subnet: story.subnet, clock });
  const app = createApi({ ...{ model, blobs, clock, changes, log }, signal: stop.signal, ...options });
  let seq = 0;
  const tell = (...events: NewEvent[]) => {
    for (const event of events) {
      seq++;
      model.apply({ ...event, seq, at: clock.now(), prev: "", hash: seq.toString(16).padStart(64, "0") });
    }
    changes.touch();
  };
  const get = (path: string, init: RequestInit = {}) =>
    app.handle(new Request(`http://localhost/api/v1${path}`, init));
  return { app, clock, changes, blobs, log, stop, model, tell, get };
}

async function failureOf(answer: Response) {
  return { status: answer.status, ...ApiError.parse(await answer.json()).error };
}

test("every view passes the schema that is published for it", async () => {
  const { tell, get } = gateway();
  tell(...story.wholeRound(1, TWO), story.decided(1, 1, [3, 1]), story.set(1, 1), story.opened(2, TWO));
  const views: [string, z.ZodType][] = [
    ["/snapshot", Snapshot],
    ["/miners/2", MinerPage],
    ...Object.entries(SNAPSHOT_PARTS).map(([name, schema]): [string, z.ZodType] => [`/${name}`, schema]),
  ];
  for (const [path, schema] of views) {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    const body = await answer.json();
    expect(schema.parse(body)).toEqual(body);
  }
});

interface Described {
  content: Record<string, { schema: object }>;
}

test("the OpenAPI document is valid, and has every path with its answers and failures", async () => {
  const { get, app } = gateway();
  const document = await (await get("/openapi.json")).json();
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });

  const routes = app.routes
    .filter(({ hooks }) => hooks?.detail?.hide !== true)
    .map(({ path }) => path.replace(/:(\w+)/g, "{$1}"))
    .filter((path) => !path.endsWith("/openapi.json"));
  expect(Object.keys(document.paths).sort()).toEqual(routes.sort());
  for (const path of routes) {
    const { get: operation } = document.paths[path];
    expect(operation.summary).toBeString();
    const responses: [string, Described][] = Object.entries(operation.responses);
    const failures = responses.filter(([status]) => status !== "200");
    const [ok] = Object.values(operation.responses["200"].content as Described["content"]);
    expect(ok?.schema).toBeObject();
    expect(failures.length).toBeGreaterThan(0);
    for (const [, failure] of failures) {
      expect(failure.content["application/json"]?.schema).toHaveProperty("properties.error.properties.hint");
    }
  }
});

test.each([
  ["/miners/7", 404, "not-found"],
  ["/miners/x", 400, "malformed"],
  ["/miners/-1", 400, "malformed"],
  ["/miners/99999", 400, "malformed"],
  ["/miners/1e3", 400, "malformed"],
  ["/evidence/abc", 400, "malformed"],
  [`/evidence/${"a".repeat(64)}`, 404, "not-found"],
  ["/evidence/..%2f..%2fetc%2fpasswd", 400, "malformed"],
  ["/nothing", 404, "not-found"],
])("GET %s is refused with %i and says what to do", async (path, status, code) => {
  const { get, log } = gateway();
  const failure = await failureOf(await get(path));
  expect(failure).toMatchObject({ status, code });
  expect(failure.hint).toBeString();
  expect(log.lines).toEqual([]);
});

test("whoever holds the newest view gets 304 and no body", async () => {
  const { get, tell } = gateway();
  tell(story.opened(1, TWO));
  const etag = (await get("/miners")).headers.get("etag") ?? "";
  const headers = { "if-none-match": `"other", W/${etag}` };
  const same = await get("/miners", { headers });
  expect([same.status, await same.text()]).toEqual([304, ""]);
  tell(story.concluded(1, 1, "code-1"));
  expect((await get("/miners", { headers })).status).toBe(200);
});

test("evidence of a job that is shown can be read, shortened; no other blob can", async () => {
  const { get, tell, blobs } = gateway();
  const where = { round: 1, uid: 1, task: "code-1" };
  const seen = story.programEvidence(where, {
    stdout: "y".repeat(60_000),
    output: { list: Array(5_000).fill(1) },
  });
  const evidence = await putJson(blobs, seen);
  const secret = await putJson(blobs, { sealed: "the answer" });
  tell(story.opened(1, TWO), story.concluded(1, 1, "code-1", { evidence }));

  const answer = await get(`/evidence/${evidence.sha256}`);
  expect(answer.headers.get("etag")).toBe(`"${evidence.sha256.slice(0, 32)}"`);
  const text = await answer.text();
  expect(text.length).toBeLessThan(20_000);
  const view = EvidenceView.parse(JSON.parse(text));
  expect(view).toMatchObject({ sha256: evidence.sha256, clipped: true, evidence: { uid: 1 } });
  expect(await failureOf(await get(`/evidence/${secret.sha256}`))).toMatchObject({ status: 404 });
});

test("of evidence with a thousand talkative cases, what is not a stranger's text stays whole", async () => {
  const { get, tell, blobs } = gateway();
  const seen = story.programEvidence(
    { round: 1, uid: 1, task: "code-1" },
    { stdout: "y".repeat(7_000), output: "z".repeat(500) },
  );
  if (seen.observed.type !== "program") throw new Error("not a program");
  const { run } = seen.observed;
  run.cases = Array.from({ length: 1_000 }, () => run.cases[0] as (typeof run.cases)[number]);
  const evidence = await putJson(blobs, seen);
  tell(story.opened(1, TWO), story.concluded(1, 1, "code-1", { evidence }));
  const text = await (await get(`/evidence/${evidence.sha256}`)).text();
  expect(text.length).toBeLessThan(1_000_000);
  const view = EvidenceView.parse(JSON.parse(text));
  const shown = view.evidence.observed.type === "program" ? view.evidence.observed.run : undefined;
  expect(shown?.isolate).toEqual(run.isolate);
  expect(shown?.cases).toHaveLength(200);
  expect(shown?.cases.at(-1)).toMatchObject({ outcome: "ok", usage: run.cases[0]?.usage });
});

test("only a few read evidence at once; the rest are told when to come back", async () => {
  const { get, tell, blobs } = gateway();
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  blobs.get = () => promise;
  tell(
    story.opened(1, TWO),
    story.concluded(1, 1, "code-1", { evidence: { sha256: "aa".repeat(32), size: 10 } }),
  );
  const path = `/evidence/${"aa".repeat(32)}`;
  const waiting = [1, 2, 3, 4].map(() => get(path));
  const refused = await get(path);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await failureOf(refused)).toMatchObject({ status: 503, code: "overloaded", retryable: true });
  resolve(new TextEncoder().encode("[".repeat(200_000)));
  for (const answer of await Promise.all(waiting)) {
    expect(await failureOf(answer)).toMatchObject({ status: 502, code: "corrupt" });
  }
  expect((await get(path)).status).toBe(502);
});

test("evidence that is gone, damaged or too large is a typed failure, and no defect", async () => {
  const { get, tell, blobs, log } = gateway();
  const other = await putJson(blobs, { not: "evidence" });
  tell(
    story.opened(1, TWO),
    story.concluded(1, 1, "code-1", { evidence: { sha256: "aa".repeat(32), size: 10 } }),
    story.concluded(1, 1, "code-2", { evidence: other }),
    story.concluded(1, 1, "code-3", {
      evidence: { sha256: "bb".repeat(32), size: MAX_EVIDENCE_BYTES + 1 },
    }),
  );
  expect(await failureOf(await get(`/evidence/${"aa".repeat(32)}`))).toMatchObject({ status: 404 });
  expect(await failureOf(await get(`/evidence/${other.sha256}`))).toMatchObject({
    code: "corrupt",
    status: 502,
  });
  expect(await failureOf(await get(`/evidence/${"bb".repeat(32)}`))).toMatchObject({ status: 413 });
  expect(log.lines).toEqual([]);
});

test("a defect is told to the log and not to strangers", async () => {
  const { get, model, log } = gateway();
  model.snapshot = () => {
    throw new TypeError("secret /path/to/file");
  };
  const failure = await failureOf(await get("/snapshot"));
  expect(failure).toMatchObject({ status: 500, code: "defect" });
  expect(JSON.stringify(failure)).not.toContain("secret");
  expect(log.lines[0]?.level).toBe("error");
});

/** Messages of an event stream, one at a time. */
function messages(answer: Response) {
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  return {
    next: async () => {
      const { value, done } = await reader.read();
      return done ? undefined : decoder.decode(value);
    },
    cancel: () => reader.cancel(),
  };
}
const roundOf = (message: string | undefined): number | undefined =>
  JSON.parse(/^data: (.*)$/m.exec(message ?? "")?.[1] ?? "{}").overview?.round?.round;

test("the stream begins with a snapshot, and a slow reader skips to the newest", async () => {
  const { get, tell, clock } = gateway();
  tell(story.opened(1, TWO));
  const answer = await get("/events");
  expect(answer.headers.get("content-type")).toStartWith("text/event-stream");
  const stream = messages(answer);
  const first = await stream.next();
  expect(first).toStartWith("retry: ");
  expect(roundOf(first)).toBe(1);
  for (let round = 2; round <= 50; round++) tell(story.opened(round, TWO));
  const second = stream.next();
  await clock.advance(1_000);
  expect(roundOf(await second)).toBe(50);
  const third = stream.next();
  await clock.advance(16_000);
  expect(await third).toStartWith("event: idle\n");
  await stream.cancel();
});

test("listeners are limited; one that leaves makes room, also when it never read", async () => {
  const { get, clock } = gateway({ maxListeners: 2 });
  const left = new AbortController();
  const reading = messages(await get("/events"));
  await reading.next();
  await get("/events", { signal: left.signal });
  expect(await failureOf(await get("/events"))).toMatchObject({ status: 503, code: "overloaded" });
  left.abort();
  await reading.cancel();
  await clock.settle();
  expect(clock.pending).toBe(0);
  for (const _ of [1, 2]) expect((await get("/events")).status).toBe(200);
});

test("streams end when the node stops", async () => {
  const { get, stop } = gateway();
  const stream = messages(await get("/events"));
  await stream.next();
  const next = stream.next();
  stop.abort();
  expect(await next).toBeUndefined();
});

test("a connection that is not read holds no more than its buffers, and its end is noticed", async () => {
  const { app, tell, model, changes, clock } = gateway({ maxListeners: 1 });
  tell(story.opened(1, story.seats(1_000)));
  let made = 0;
  const { snapshot } = model;
  model.snapshot = () => {
    made++;
    return snapshot();
  };
  const guard = guarded({ handle: (request) => app.handle(request), loopback: true });
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: guard });
  const socket = connect(server.port ?? 0, "127.0.0.1");
  socket.write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  // Each snapshot is about 250 kB: without back-pressure 400 of them would pile up.
  for (let i = 0; i < 400; i++) {
    changes.touch();
    await clock.advance(5_000);
  }
  expect(made).toBeLessThan(100);
  expect((await fetch(`${server.url}api/v1/events`)).status).toBe(503);
  socket.destroy();
  const again = async () => {
    const answer = await fetch(`${server.url}api/v1/events`);
    await answer.body?.cancel();
    return answer.status;
  };
  while ((await again()) !== 200) await Bun.sleep(5);
  await server.stop(true);
}, 20_000);
