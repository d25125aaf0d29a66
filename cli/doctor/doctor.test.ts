import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDevnet } from "../../chain/devnet/devnet.ts";
import { openLedger } from "../../ledger/open.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { currentNatsServer } from "../../test/provision/nats.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { startTrustedServer, TEST_NET, type TrustedServer } from "../../test/support/trusted-server.ts";
import { NodeConfig } from "../node/config.ts";
import { silentLogger } from "../terminal/cli-logger.ts";
import { chain } from "./chain.ts";
import type { Check, Finding } from "./check.ts";
import { clockSkew, skewFinding } from "./clock-skew.ts";
import { dataFolder, roomFinding } from "./data-folder.ts";
import { dockerAt } from "./docker.ts";
import { examine } from "./doctor.ts";
import { genesis } from "./genesis.ts";
import { hotkey } from "./hotkey.ts";
import { httpAddress } from "./http-address.ts";
import { ledger } from "./ledger.ts";
import { nats } from "./nats.ts";

const clock = createSystemClock();
const ALICE = {
  ss58Address: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
  secretSeed: "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a",
};

/** What one check finds on a node with these options. */
async function findings(check: Check, options: Record<string, unknown>): Promise<Finding[]> {
  const config = NodeConfig.parse({ role: ["validator"], ...options });
  const roles = config.role.filter((role) => role !== "all");
  const spawn = createBunSpawn({ clock });
  return examine([check], { config, roles, clock, rng: createSystemRng(), spawn });
}
const finding = async (check: Check, options: Record<string, unknown> = {}) =>
  (await findings(check, options))[0];

describe("doctor", () => {
  test("data folder: one that cannot be made is a failure, and little room a warning before it is one", async () => {
    using folder = tempFolder();
    expect((await finding(dataFolder, { data: join(folder.path, "new") }))?.state).not.toBe("fail");
    writeFileSync(join(folder.path, "file"), "");
    expect((await finding(dataFolder, { data: join(folder.path, "file", "x") }))?.state).toBe("fail");
    const gib = 1024 ** 3;
    expect([0.1, 1, 10].map((free) => roomFinding("/", free * gib).state)).toEqual(["fail", "warn", "ok"]);
  });

  test("chain: tells where it stands, who the validator is on it, and what is wrong", async () => {
    await using devnet = await openDevnet({
      ...{ clock, log: silentLogger, blockTimeMs: "manual", listen: { port: 0 } },
      genesis: {
        subnets: [
          {
            ...{ netuid: 1, owner: "//Owner", hyperparameters: { max_validators: 1 } },
            neurons: [
              { hotkey: "//Val", coldkey: "//Cold", stakeTao: 1_000 },
              { hotkey: "//Miner", coldkey: "//Cold" },
            ],
          },
        ],
      },
    });
    const network = devnet.url;
    const states = async (options: Record<string, unknown>) =>
      (await findings(chain, { network, ...options })).map(({ state }) => state);
    expect(await findings(chain, { network, hotkey: "//Val" })).toMatchObject([
      { state: "ok", detail: expect.stringContaining("at block 0") },
      { state: "ok", detail: expect.stringContaining("uid 0 of subnet 1 may set weights from block 1 on") },
    ]);
    expect(await states({ hotkey: "//Miner" })).toEqual(["ok", "warn"]);
    expect(await states({ hotkey: "//Nobody" })).toEqual(["ok", "fail"]);
    expect(await states({ hotkey: "//Val", netuid: 9 })).toEqual(["ok", "fail"]);
    expect(await states({ network: "finny" })).toEqual(["fail"]);
    expect(await states({ network: undefined })).toEqual(["skipped"]);
    expect(await states({ network: undefined, role: ["chain"] })).toEqual(["fail"]);
    expect((await finding(genesis, { network, role: ["registry"] }))?.state).toBe("skipped");
  });

  test("http address: one in use is a failure that says so", async () => {
    using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const found = await finding(httpAddress, { http: `127.0.0.1:${taken.port}` });
    expect(found).toMatchObject({ state: "fail", detail: expect.stringContaining("EADDRINUSE") });
    expect((await finding(httpAddress, { http: "127.0.0.1:0" }))?.state).toBe("ok");
    expect((await finding(httpAddress))?.state).toBe("skipped");
  });

  test("clock: skew beyond what the measurement itself may err by is a warning, and seconds are a failure", () => {
    expect([80, -900, 30_000].map((skew) => skewFinding(skew, 40).state)).toEqual(["ok", "warn", "fail"]);
    expect(skewFinding(900, 850).state).toBe("ok");
    expect(skewFinding(-900, 1).detail).toContain("behind");
  });

  test("clock: measured against a registry, and a failure when that is away", async () => {
    const serverTime = clock.now() - 60_000;
    using registry = Bun.serve({
      port: 0,
      fetch: () => Response.json({ nonce: "n", serverTime, expiresAt: serverTime + 1 }),
    });
    expect(await finding(clockSkew, { enrol: registry.url.href })).toMatchObject({
      state: "fail",
      detail: expect.stringContaining("ahead of the registry"),
    });
    await registry.stop(true);
    expect(await finding(clockSkew, { enrol: registry.url.href })).toMatchObject({
      state: "fail",
      detail: expect.stringContaining("does not answer"),
    });
  });

  test("hotkey: a file that others may read is a failure with the command that mends it", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "hot");
    writeFileSync(path, JSON.stringify(ALICE));
    chmodSync(path, 0o644);
    expect(await finding(hotkey, { hotkey: path })).toMatchObject({
      state: "fail",
      fix: `chmod 600 ${path}`,
    });
    chmodSync(path, 0o600);
    expect(await finding(hotkey, { hotkey: path })).toMatchObject({ state: "ok", detail: ALICE.ss58Address });
    expect((await finding(hotkey, { hotkey: join(folder.path, "none") }))?.state).toBe("fail");
    expect((await finding(hotkey))?.detail).toContain("none is given");
    expect((await finding(hotkey, { hotkey: "//Alice" }))?.state).toBe("warn");
    expect((await finding(hotkey, { role: ["scorer"] }))?.state).toBe("skipped");
  });

  test("genesis: a bad field is named", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "genesis.json");
    const look = () => finding(genesis, { role: ["registry"], genesis: path });
    expect((await look())?.detail).toContain("does not exist");
    writeFileSync(path, JSON.stringify({ seed: "s", startAt: 1, neurons: [{ hotkey: "x", coldkey: "x" }] }));
    expect(await look()).toMatchObject({
      state: "fail",
      detail: expect.stringContaining("neurons.0.hotkey"),
    });
    writeFileSync(path, JSON.stringify({ seed: "s", startAt: 1, neurons: [] }));
    expect((await look())?.state).toBe("ok");
    expect((await finding(genesis, { role: ["registry"] }))?.state).toBe("fail");
  });

  test("ledger: one whose newest event was changed is a failure", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "ledger.sqlite");
    expect((await finding(ledger, { ledger: path }))?.state).toBe("skipped");
    const written = await openLedger(path, { clock });
    await written.append([{ subnet: "s", type: "t", key: "k", body: { a: 1 } }]);
    await written.close();
    expect(await finding(ledger, { ledger: path })).toMatchObject({
      state: "ok",
      detail: expect.stringContaining("1 events"),
    });
    const { Database } = await import("bun:sqlite");
    const database = new Database(path);
    database.run(`update ledger_events set body = '{"a":2}'`);
    database.close();
    expect((await finding(ledger, { ledger: path }))?.state).toBe("fail");
  });

  test("docker: a socket that nobody answers is a warning, none at all is skipped", async () => {
    using folder = tempFolder();
    const socket = join(folder.path, "docker.sock");
    expect((await finding(dockerAt(socket)))?.state).toBe("skipped");
    writeFileSync(socket, "");
    expect((await finding(dockerAt(socket)))?.state).toBe("warn");
  });

  test("a check that throws is a failure of that check, and the others still run", async () => {
    const broken: Check = { name: "broken", run: () => Promise.reject(new Error("oh")) };
    const config = NodeConfig.parse({ role: ["scorer"] });
    const spawn = createBunSpawn({ clock });
    const found = await examine([broken, ledger], {
      config,
      roles: [],
      clock,
      rng: createSystemRng(),
      spawn,
    });
    expect(found.map(({ name, state }) => `${name} ${state}`)).toEqual(["broken fail", "ledger skipped"]);
  });
});

const server = await currentNatsServer();
describe.skipIf(server.missing !== undefined)("doctor on a real nats-server", () => {
  let trusted: TrustedServer;
  beforeAll(async () => {
    trusted = await startTrustedServer(server.path ?? "");
  });
  afterAll(() => trusted[Symbol.asyncDispose]());

  test("finds version, JetStream and the permissions of the role's own credentials", async () => {
    using folder = tempFolder();
    const creds = join(folder.path, "validator.creds");
    writeFileSync(creds, await trusted.coreCreds("validator"));
    const found = await findings(nats, { nats: [trusted.server.url], creds, net: TEST_NET });
    expect(found.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "nats ok",
      "jetstream ok",
      "permissions ok",
    ]);
  });

  test("finds that another role's credentials, or another network, do not do", async () => {
    using folder = tempFolder();
    const creds = join(folder.path, "scorer.creds");
    writeFileSync(creds, await trusted.coreCreds("scorer"));
    const options = { nats: [trusted.server.url], creds };
    for (const net of [TEST_NET, "other"]) {
      const found = await findings(nats, { ...options, net });
      expect(found.at(-1)).toMatchObject({ name: "permissions", state: "fail" });
    }
  });

  test("finds that nobody is there, or that the credentials are refused", async () => {
    const away = await finding(nats, { nats: ["127.0.0.1:1"] });
    expect(away).toMatchObject({ state: "fail", detail: expect.stringContaining("no NATS server answered") });
    const refused = await finding(nats, { nats: [trusted.server.url] });
    expect(refused).toMatchObject({
      state: "fail",
      detail: expect.stringContaining("refused the credentials"),
    });
  });
});
