/** What a node does not start or go on with: one clear line on standard error, an exit code, and nothing left behind. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { NatsServer } from "../../runtime/launcher/nats-server.ts";
import { currentNatsServer } from "../../test/provision/nats.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { startTrustedServer, TEST_NET, type TrustedServer } from "../../test/support/trusted-server.ts";

const MAIN = join(import.meta.dir, "../main.ts");

async function startOf(args: readonly string[]): Promise<{ code: number; lines: string[] }> {
  const child = Bun.spawn([process.execPath, MAIN, "node", ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const [code, error] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  clearTimeout(late);
  return { code, lines: error.trim().split("\n") };
}

describe("a node refuses", () => {
  const cases: { what: string; args: (folder: string) => string[]; code: number; says: string }[] = [
    { what: "no role", args: () => [], code: 2, says: "--role is missing" },
    { what: "an unknown role", args: () => ["--role", "wizard"], code: 2, says: "wizard" },
    {
      what: "an unknown option",
      args: () => ["--role", "scorer", "--nuts", "x"],
      code: 2,
      says: "--nuts",
    },
    {
      what: "a tools file that is not there",
      args: () => ["--role", "sandbox", "--tools", "nowhere.json"],
      code: 2,
      says: "nowhere.json does not exist",
    },
    {
      what: "an unknown subnet, and names those there are",
      args: () => ["--role", "scorer", "--subnet", "longcontxt"],
      code: 2,
      says: "longcontext",
    },
    {
      what: "a bad parameter of the subnet",
      args: () => ["--role", "scorer", "--params", '{"codeTasks":-1}'],
      code: 2,
      says: "codeTasks",
    },
    { what: "a validator without a hotkey", args: () => ["--role", "validator"], code: 2, says: "--hotkey" },
    {
      what: "a hotkey that is none",
      args: () => ["--role", "validator", "--hotkey", "/nowhere/hot"],
      code: 2,
      says: "hotkey file",
    },
    { what: "a registry without a genesis", args: () => ["--role", "registry"], code: 2, says: "--genesis" },
    {
      what: "a genesis file that does not exist",
      args: (folder) => ["--role", "registry", "--genesis", join(folder, "none.json")],
      code: 2,
      says: "does not exist",
    },
    {
      what: "a genesis with a bad field, and names it",
      args: (folder) => {
        writeFileSync(join(folder, "g.json"), JSON.stringify({ seed: "", startAt: 1, neurons: [] }));
        return ["--role", "registry", "--genesis", join(folder, "g.json")];
      },
      code: 2,
      says: "seed",
    },
    {
      what: "a chain role that is to connect to nothing",
      args: () => ["--role", "chain"],
      code: 2,
      says: "--network",
    },
    {
      what: "a network that nobody knows",
      args: () => ["--role", "chain", "--network", "finny"],
      code: 2,
      says: "finney, test, local",
    },
    {
      what: "a creds file that does not exist",
      args: (folder) => ["--role", "scorer", "--nats", "127.0.0.1:1", "--creds", join(folder, "x.creds")],
      code: 2,
      says: "does not exist",
    },
    {
      what: "a creds file that is none, without quoting it",
      args: (folder) => {
        writeFileSync(join(folder, "bad.creds"), "SUAsecret");
        return ["--role", "scorer", "--nats", "127.0.0.1:1", "--creds", join(folder, "bad.creds")];
      },
      code: 2,
      says: "creds file cannot be read",
    },
    {
      what: "credentials without servers to show them to",
      args: (folder) => ["--role", "scorer", "--creds", join(folder, "x.creds")],
      code: 2,
      says: "--nats",
    },
    {
      what: "a subnet that is no module, with its path",
      args: (folder) => {
        writeFileSync(join(folder, "subnet.ts"), "export const {{{");
        return ["--role", "scorer", "--subnet", join(folder, "subnet.ts")];
      },
      code: 2,
      says: "subnet.ts:1 cannot be loaded",
    },
    {
      what: "a subnet that throws when it is loaded, with what it says",
      args: (folder) => {
        writeFileSync(join(folder, "subnet.ts"), "throw new Error('no rows here')");
        return ["--role", "scorer", "--subnet", join(folder, "subnet.ts")];
      },
      code: 2,
      says: "no rows here",
    },
    {
      what: "a folder for a subnet",
      args: (folder) => ["--role", "scorer", "--subnet", folder],
      code: 2,
      says: "cannot be loaded",
    },
    {
      what: "a NATS address where nobody is",
      args: () => ["--role", "scorer", "--nats", "127.0.0.1:1"],
      code: 1,
      says: "no NATS server answered",
    },
  ];
  for (const { what, args, code, says } of cases) {
    test(what, async () => {
      using folder = tempFolder();
      const start = await startOf([...args(folder.path), "--data", join(folder.path, "data")]);
      expect(start.lines.length).toBe(1);
      expect(start.lines[0]).toContain(says);
      expect(start.lines[0]).not.toContain("SUAsecret");
      expect(start.code).toBe(code);
    }, 30_000);
  }

  test("an address in use, and closes what it had opened", async () => {
    using folder = tempFolder();
    using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const http = `127.0.0.1:${taken.port}`;
    const start = await startOf(["--role", "scorer", "--http", http, "--data", folder.path]);
    expect(start.lines.at(-1)).toContain(`cannot listen on ${http}`);
    expect(start.code).toBe(2);
  }, 30_000);
});

const server = await currentNatsServer();
describe.skipIf(server.missing !== undefined)("a node on a real nats-server refuses", () => {
  let trusted: TrustedServer;
  beforeAll(async () => {
    trusted = await startTrustedServer(server.path ?? "");
  });
  afterAll(() => trusted[Symbol.asyncDispose]());

  test("to go without credentials where they are asked for", async () => {
    using folder = tempFolder();
    const args = ["--role", "scorer", "--nats", trusted.server.url, "--net", TEST_NET];
    const start = await startOf([...args, "--data", folder.path]);
    expect(start).toMatchObject({ code: 4, lines: [expect.stringContaining("refused the credentials")] });
  }, 30_000);

  test("credentials of another role", async () => {
    using folder = tempFolder();
    const creds = join(folder.path, "sandbox.creds");
    writeFileSync(creds, await trusted.coreCreds("sandbox"));
    const args = ["--role", "scorer", "--nats", trusted.server.url, "--net", TEST_NET, "--creds", creds];
    const start = await startOf([...args, "--data", folder.path]);
    expect(start.code).toBe(4);
    expect(start.lines.at(-1)).toContain("Permissions Violation");
  }, 30_000);

  test("to stay when it is let in no longer: it ends to be started anew, and that start is the last", async () => {
    using folder = tempFolder();
    const passwordIs = (password: string) => `authorization { user: node, password: ${password} }`;
    const options = { binary: server.path ?? "", config: passwordIs("first") };
    await using real = await NatsServer.start(options);
    const url = `nats://node:first@127.0.0.1:${real.port}`;
    const args = ["--role", "scorer", "--nats", url, "--data", folder.path];
    const node = Bun.spawn([process.execPath, MAIN, "node", ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    try {
      const { value } = await node.stdout.getReader().read();
      expect(new TextDecoder().decode(value)).toContain('"ready":true');
      options.config = passwordIs("second");
      await real.restart();
      expect(await node.exited).toBe(1);
    } finally {
      node.kill("SIGKILL");
    }
    const again = await startOf(args);
    expect(again.lines.join("\n")).not.toContain("first");
    expect(again).toMatchObject({ code: 4, lines: [expect.stringContaining("refused the credentials")] });
  }, 60_000);

  test("a server without JetStream", async () => {
    using folder = tempFolder();
    await using plain = await NatsServer.start({ binary: server.path ?? "", jetstream: false });
    const start = await startOf(["--role", "scorer", "--nats", plain.url, "--data", folder.path]);
    expect(start.code).toBe(2);
    expect(start.lines.at(-1)).toContain("JetStream");
  }, 30_000);
});
