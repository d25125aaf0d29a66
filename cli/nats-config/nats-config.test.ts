import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Account, decode, encodeAccount } from "@nats-io/jwt";
import { createUser, fromPublic } from "@nats-io/nkeys";
import { connect, credsAuthenticator, jwtAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { Failure } from "../../protocol/failure.ts";
import { Miner } from "../../protocol/services/miner.ts";
import { methodSubject } from "../../protocol/subject.ts";
import {
  CORE_USERS,
  identityFromCreds,
  keyOf,
  mintMiner,
  Revoker,
  readRegistryTrust,
} from "../../runtime/identity/index.ts";
import { reservePorts } from "../../runtime/launcher/ports.ts";
import { createJetStreamBlobs } from "../../runtime/transport/nats/blobs.ts";
import { connectNats } from "../../runtime/transport/nats/connect.ts";
import { clock, collectingLogger, rng, SERVERS } from "../../runtime/transport/nats/test-support.ts";
import { run } from "../nats-config.ts";

const HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

const folder = (): string => mkdtempSync(join(tmpdir(), "orrery-nats-config-"));
const failureOf = async (args: string[]): Promise<Failure> => {
  const thrown = await run(args).catch((failure: unknown) => failure);
  expect(thrown).toBeInstanceOf(Failure);
  return thrown as Failure;
};

describe("nats-config", () => {
  let dir: string;
  beforeAll(() => {
    dir = folder();
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test("keeps every secret readable by its owner only", async () => {
    const out = join(dir, "secrets");
    expect(await run(["--out", out, "--servers", "3"])).toBe(0);
    const open = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && (statSync(join(entry.parentPath, entry.name)).mode & 0o077) !== 0)
      .map(({ name }) => name);
    expect(open).toEqual(["README.md"]);
    const seeds = Object.values(JSON.parse(readFileSync(join(out, "keys.json"), "utf8"))).flatMap((value) =>
      typeof value === "string" ? [value] : Object.values(value as Record<string, string>),
    );
    const readme = readFileSync(join(out, "README.md"), "utf8");
    for (const seed of seeds) expect(readme).not.toContain(seed);
  });

  test("refuses to overwrite keys, and with --force makes all of them anew", async () => {
    const out = join(dir, "twice");
    await run(["--out", out]);
    writeFileSync(join(out, "notes.txt"), "mine");
    const before = readFileSync(join(out, "keys.json"), "utf8");
    expect((await failureOf(["--out", out])).toLine()).toContain("already holds");
    expect(readFileSync(join(out, "keys.json"), "utf8")).toBe(before);
    await run(["--out", out, "--force"]);
    expect(readFileSync(join(out, "keys.json"), "utf8")).not.toBe(before);
    expect(readFileSync(join(out, "notes.txt"), "utf8")).toBe("mine");
  });

  test("updates the accounts, keeping keys, credentials and revocations", async () => {
    const out = join(dir, "update");
    await run(["--out", out, "--servers", "3"]);
    const trust = await readRegistryTrust(join(out, "registry.json"));
    const jwtOf = (server: string) => join(out, "data", server, "jwt", `${trust.account}.jwt`);
    const revoked = createUser().getPublicKey();
    // As a server keeps it after a revocation that the others have not heard of yet.
    const before = decode<Account>(readFileSync(jwtOf("n2"), "utf8"));
    const operator = keyOf(trust.revocation?.operatorSigningSeed ?? "");
    const { type: _, version: __, ...claims } = before.nats as Account & { type: string; version: number };
    const account = { ...claims, revocations: { [revoked]: 5 } } as Account;
    writeFileSync(
      jwtOf("n2"),
      await encodeAccount("PUBLIC", fromPublic(trust.account), account, { signer: operator }),
    );
    const creds = readFileSync(join(out, "creds/validator.creds"), "utf8");
    expect(await run(["--out", out, "--update"])).toBe(0);
    for (const server of ["n1", "n2", "n3"]) {
      const after = decode<Account>(readFileSync(jwtOf(server), "utf8"));
      expect(after.nats.revocations).toEqual({ [revoked]: 5 });
      expect(after.nats.signing_keys).toEqual(before.nats.signing_keys!);
    }
    expect(readFileSync(join(out, "creds/validator.creds"), "utf8")).toBe(creds);
    rmSync(join(out, "keys.json"));
    expect((await failureOf(["--out", out, "--update"])).toLine()).toContain("keys.json");
  });

  test("gives a role that is newer than the keys a key and credentials of its own, once", async () => {
    const out = join(dir, "older");
    await run(["--out", out]);
    const path = join(out, "keys.json");
    const seeds = JSON.parse(readFileSync(path, "utf8")) as { signing: Record<string, string> };
    const { chain: _, ...older } = seeds.signing;
    writeFileSync(path, JSON.stringify({ ...seeds, signing: older }));
    rmSync(join(out, "creds/chain.creds"));
    expect(await run(["--out", out, "--update"])).toBe(0);
    const after = JSON.parse(readFileSync(path, "utf8")) as typeof seeds;
    expect(after.signing).toMatchObject(older);
    expect(after.signing.chain).toStartWith("SA");
    const creds = readFileSync(join(out, "creds/chain.creds"), "utf8");
    expect(await run(["--out", out, "--update"])).toBe(0);
    expect(readFileSync(join(out, "creds/chain.creds"), "utf8")).toBe(creds);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(after);
  });

  test("gives the registry no operator key with --no-revocation", async () => {
    const out = join(dir, "plain");
    await run(["--out", out, "--no-revocation"]);
    expect((await readRegistryTrust(join(out, "registry.json"))).revocation).toBeUndefined();
  });

  test("says what is wrong with its options before it writes anything", async () => {
    const out = join(dir, "nothing");
    expect((await failureOf([])).message).toContain("--out is missing");
    expect((await failureOf(["--out", out, "--servers", "2"])).message).toContain("one of 1, 3, 5");
    expect((await failureOf(["--out", out, "--hosts", "a,b", "--servers", "3"])).message).toContain(
      "2 hosts for 3",
    );
    expect((await failureOf(["--out", out, "--tls-cert", "x"])).message).toContain("--tls-key");
    expect((await failureOf(["--out", out, "--hosts", 'a"b'])).message).toContain("--hosts");
    expect(readdirSync(dir)).not.toContain("nothing");
  });
});

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`a generated cluster of three, ${which}`, () => {
    const dir = folder();
    const processes: Bun.Subprocess[] = [];
    let urls: string[] = [];

    beforeAll(async () => {
      const [port, clusterPort, monitorPort] = await reservePorts(3);
      urls = HOSTS.map((host) => `nats://${host}:${port}`);
      const ports = [
        "--port",
        `${port}`,
        "--cluster-port",
        `${clusterPort}`,
        "--monitor-port",
        `${monitorPort}`,
      ];
      await run([
        "--out",
        dir,
        "--servers",
        "3",
        "--net",
        "cluster",
        "--hosts",
        HOSTS.join(),
        ...ports,
        "--force",
      ]);
      for (const name of ["n1", "n2", "n3"]) {
        const options = { stdout: "ignore", stderr: Bun.file(join(dir, `${name}.log`)) } as const;
        processes.push(Bun.spawn([binary, "-c", join(dir, `${name}.conf`)], options));
      }
      await Promise.all(HOSTS.map((host) => healthy(`http://${host}:${monitorPort}/healthz`)));
    }, 60_000);
    afterAll(async () => {
      for (const child of processes) child.kill();
      await Promise.all(processes.map((child) => child.exited));
      rmSync(dir, { recursive: true, force: true });
    });

    const connectAs = async (name: string, servers: string[]) => {
      const identity = await identityFromCreds(readFileSync(join(dir, "creds", `${name}.creds`), "utf8"));
      return connectNats({
        servers,
        name,
        net: "cluster",
        clock,
        rng,
        log: collectingLogger(),
        replicas: 3,
        ...identity,
      });
    };

    test("lets every role connect to every server", async () => {
      for (const name of CORE_USERS) {
        const transports = await Promise.all(urls.map((url) => connectAs(name, [url])));
        await Promise.all(transports.map((transport) => transport.ping()));
        await Promise.all(transports.map((transport) => transport.close()));
      }
    });

    test("keeps leases and blobs in three copies", async () => {
      const transport = await connectAs("validator", urls);
      const revision = await untilLed(() => transport.leases.create("k", new Uint8Array([1])));
      expect((await transport.leases.get("k"))?.revision).toBe(revision);
      // A server that has only just come may not be counted among the peers yet.
      await untilLed(() => createJetStreamBlobs(transport).put("hello"));
      await transport.close();
    }, 30_000);

    test("carries a question to a miner on another server, whom revocation ends within five seconds", async () => {
      const trust = await readRegistryTrust(join(dir, "registry.json"));
      const nkey = createUser();
      const now = Date.now();
      const jwt = await mintMiner(
        { signing: keyOf(trust.minerSigningSeed), account: trust.account },
        { uid: 7, nkeyPublic: nkey.getPublicKey(), now, expiresAt: now + 600_000 },
      );
      const miner = await connect({
        servers: urls[0]!,
        authenticator: jwtAuthenticator(jwt, nkey.getSeed()),
        inboxPrefix: "_INBOX.7",
        reconnect: false,
      });
      const validator = await connectAs("validator", [urls[1]!]);
      const subject = methodSubject("cluster", Miner, "submission", "7");
      miner.subscribe(subject, { callback: (_error, message) => void message.respond("here") });
      await miner.flush();
      // Interest travels between the servers after the flush.
      const answer = await untilLed(() => validator.request(subject, new Uint8Array(), { timeoutMs: 1_000 }));
      expect(new TextDecoder().decode(answer.data)).toBe("here");
      const lost = miner.closed();
      const system = await connectSystem(trust.revocation?.sysCreds ?? "", urls[2]!);
      const revoker = new Revoker({
        system: {
          request: async (to, data) => (await system.request(to, data, { timeout: 5_000 })).string(),
        },
        operatorSigning: keyOf(trust.revocation?.operatorSigningSeed ?? ""),
        account: trust.account,
        clock,
      });
      await revoker.revoke([nkey.getPublicKey()]);
      expect(await Promise.race([lost.then(() => "lost"), Bun.sleep(5_000).then(() => "still there")])).toBe(
        "lost",
      );
      await Promise.all([system.close(), validator.close()]);
    }, 30_000);
  });
}

const connectSystem = (creds: string, servers: string): Promise<NatsConnection> =>
  connect({ servers, authenticator: credsAuthenticator(Buffer.from(creds)), inboxPrefix: "_INBOX.revoker" });

async function healthy(url: string): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; await Bun.sleep(50)) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`${url} is not healthy after 30 s`);
}

/** A cluster that just started may have no leader yet. */
async function untilLed<T>(act: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + 20_000; ; await Bun.sleep(100)) {
    try {
      return await act();
    } catch (thrown) {
      if (!Failure.from(thrown).retryable || Date.now() > until) throw thrown;
    }
  }
}
