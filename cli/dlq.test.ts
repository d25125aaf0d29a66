/** The dead-letter verbs on a real nats-server, with letters that a real worker gave up. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import { implement } from "../protocol/service.ts";
import { Scorer } from "../protocol/services/scorer.ts";
import { createServices, type OpenServices } from "../runtime/create-services.ts";
import { NatsServer } from "../runtime/launcher/nats-server.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { createSystemRng } from "../runtime/ports/system-rng.ts";
import { connectNats } from "../runtime/transport/nats/connect.ts";
import type { NatsTransport } from "../runtime/transport/nats/nats-transport.ts";
import { debianNatsServer } from "../test/provision/nats.ts";
import { runVerb } from "../test/support/cli.ts";
import { keptLog, keptMetrics } from "../test/support/quiet.ts";
import { tempFolder } from "../test/support/temp-folder.ts";

const { path: binary, missing } = await debianNatsServer();
const clock = createSystemClock();
const rng = createSystemRng();
const NET = "letters";
const REASON = "the evidence is \u001b[2Jgone";

describe.skipIf(missing !== undefined)("dlq on a real server", () => {
  let server: NatsServer;
  let transport: NatsTransport;
  let services: OpenServices;
  let healed = false;
  const judged: string[] = [];
  const folder = tempFolder();
  const dlq = (...args: string[]) =>
    runVerb(["dlq", ...args, "--nats", server.url, "--net", NET], { cwd: folder.path });

  const key = (task: string) => ({ subnet: "tiny", round: 1, task, submission: "u1-a", attempt: 1 });
  const jobOf = (task: string) => `tiny/1/${task}/u1-a/1`;
  const idOf = (task: string) => `scorer.v1.judge@:${jobOf(task)}`;

  beforeAll(async () => {
    server = await NatsServer.start({ binary: binary ?? "" });
    transport = await connectNats({
      ...{ servers: [server.url], name: "worker", net: NET, clock, rng, log: keptLog() },
    });
    services = createServices({
      ...{ transport, clock, rng, net: NET, node: "worker", log: keptLog(), metrics: keptMetrics() },
    });
    await services.serve(
      implement(Scorer, {
        async judge(job) {
          if (!healed) throw new Failure("corrupt", REASON, { hint: "Look for the blob." });
          judged.push(job.key.task);
          return { key: job.key, uid: job.uid, kind: "sum", outcome: "ok", score: null, evidence: null };
        },
      }),
    );
    const blob = { sha256: "0".repeat(64), size: 1 };
    for (const task of ["first", "second", "third"]) {
      const job = { key: key(task), uid: 1, task: blob, evidence: blob };
      await services.client(Scorer).judge.enqueue(job, { id: jobOf(task), deadline: clock.now() + 60_000 });
    }
    while ((await transport.jobs.dead.list({ limit: 10 })).length < 3) await Bun.sleep(20);
  });

  afterAll(async () => {
    services.close();
    await transport.close();
    await server.stop();
    folder[Symbol.dispose]();
  });

  test("list tells which jobs were given up, and why", async () => {
    const { code, out, error } = await dlq("list");
    expect({ code, error }).toEqual({ code: 0, error: "" });
    for (const task of ["first", "second", "third"]) expect(out).toContain(idOf(task));
    expect(out).toContain("gone");
    expect(out).not.toContain("\u001b[2J");
  });

  test("list --json is one object, bounded by --limit", async () => {
    const { code, out } = await dlq("list", "--json", "--limit", "2");
    expect(code).toBe(0);
    const { letters } = JSON.parse(out) as { letters: { id: string; reason: string; message: string }[] };
    expect(letters).toHaveLength(2);
    expect(letters[0]?.message).toContain('"task"');
  });

  test("show prints the whole message with its reason, and nothing that moves the cursor", async () => {
    const { code, out } = await dlq("show", idOf("first"));
    expect(code).toBe(0);
    expect(out).toMatch(/^reason {6}.*gone/m);
    expect(out).toContain('"submission":"u1-a"');
    expect(out).not.toContain("\u001b");
    expect(JSON.parse((await dlq("show", idOf("first"), "--json")).out)).toMatchObject({ id: idOf("first") });
  });

  test("a letter that is not there gets one line; a replay with one wrong id replays nothing", async () => {
    for (const args of [
      ["show", "nothing"],
      ["replay", idOf("first"), "nothing"],
    ]) {
      const { code, out, error } = await dlq(...args);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(error).toMatch(/^orrery dlq: there is no dead letter nothing[^\n]*dlq list[^\n]*\n$/);
    }
    expect(await transport.jobs.dead.list({ limit: 10 })).toHaveLength(3);
  });

  test("replay runs the job again under a fresh id and removes the letter; --all takes the rest", async () => {
    healed = true;
    expect(await dlq("replay", idOf("first"))).toMatchObject({ code: 0, out: "1 enqueued again.\n" });
    while (judged.length < 1) await Bun.sleep(10);
    expect((await transport.jobs.dead.list({ limit: 10 })).map(({ id }) => id).sort()).toEqual(
      [idOf("second"), idOf("third")].sort(),
    );
    const { out } = await dlq("replay", "--all", "--json");
    expect((JSON.parse(out) as { replayed: string[] }).replayed.sort()).toEqual(
      [idOf("second"), idOf("third")].sort(),
    );
    while (judged.length < 3) await Bun.sleep(10);
    expect(judged.sort()).toEqual(["first", "second", "third"]);
    expect((await dlq("list")).out).toBe("No dead letters.\n");
  });

  test.each([
    [["bury"], /dlq bury is no verb/],
    [["show"], /needs one id/],
    [["replay"], /needs ids, or --all/],
    [["list", "--limit", "many"], /--limit: "many" is not allowed/],
  ])("%j is refused in one line with exit code 2", async (args, line) => {
    const { code, out, error } = await dlq(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toMatch(line);
    expect(error.trim().split("\n")).toHaveLength(1);
  });
});

test("a server that is not there gets one line, not a wait without end", async () => {
  using folder = tempFolder();
  const { code, error } = await runVerb(["dlq", "list", "--nats", "127.0.0.1:1"], { cwd: folder.path });
  expect(code).toBe(1);
  expect(error.trim().split("\n")).toHaveLength(1);
  expect(error).toContain("127.0.0.1:1");
});
