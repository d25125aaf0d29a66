import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MAIN = join(import.meta.dir, "main.ts");
const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const SLOW_MS = 300_000;
const folder = mkdtempSync(join(tmpdir(), "orrery-wallet-"));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text, { mode: 0o600 });
  return at(name);
};

interface Given {
  env?: Record<string, string>;
  stdin?: string;
}

async function wallet(args: string[], { env = {}, stdin = "" }: Given = {}) {
  const child = Bun.spawn([process.execPath, MAIN, "wallet", ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: folder, BT_WALLET_PATH: at("wallets"), ...env },
    stdin: new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out: out.trimEnd(), error, code };
}

describe("bun run wallet", () => {
  test("makes a wallet, lists it, signs with it and verifies", async () => {
    const made = JSON.parse((await wallet(["new", "val", "--plain", "--json"])).out);
    expect(made.coldkey.encrypted).toBe(false);
    const second = JSON.parse((await wallet(["new", "val", "--hotkey", "second", "--json"])).out);
    expect(second.coldkey).toBeUndefined();

    const { wallets } = JSON.parse((await wallet(["list", "--json"])).out);
    expect(wallets).toEqual([
      {
        name: "val",
        coldkey: { stored: "plain", address: made.coldkey.address },
        hotkeys: {
          default: { stored: "plain", address: made.hotkey.address },
          second: { stored: "plain", address: second.hotkey.address },
        },
      },
    ]);

    const signature = (await wallet(["sign", "val", "--hotkey", "second"], { stdin: "a message\n" })).out;
    const message = write("message", "a message\n");
    const verified = await wallet(["verify", second.hotkey.address, signature, "--file", message]);
    expect([verified.code, verified.out]).toEqual([0, `valid: signed by ${second.hotkey.address}`]);
    const byName = await wallet(["verify", "val", signature, "--hotkey", "second", "--file", message]);
    expect(byName.code).toBe(0);
    const other = await wallet(["verify", "val", signature, "--file", message]);
    expect([other.code, other.out]).toEqual([1, expect.stringMatching(/^NOT valid/)]);
  });

  test("takes a key from a file with a secret URI, and never overwrites one", async () => {
    const uri = write("alice.uri", "//Alice\n");
    const made = await wallet([
      "new",
      "dev",
      "--plain",
      "--coldkey-from",
      uri,
      "--hotkey-from",
      uri,
      "--json",
    ]);
    expect(JSON.parse(made.out).coldkey.address).toBe(ALICE);
    const before = readFileSync(at("wallets/dev/coldkey"), "utf8");
    const again = await wallet(["new", "dev", "--plain"]);
    expect([again.code, again.error.split("\n").length]).toEqual([1, 2]);
    expect(again.error).toContain("--hotkey NAME");
    const coldkey = await wallet(["new", "dev", "--hotkey", "two", "--coldkey-from", uri]);
    expect([coldkey.code, readFileSync(at("wallets/dev/coldkey"), "utf8")]).toEqual([1, before]);
  });

  test("writes coldkeypub.txt again where only the coldkey is left", async () => {
    const uri = write("bob.uri", "//Bob");
    await wallet(["new", "half", "--plain", "--coldkey-from", uri]);
    const publicFile = at("wallets/half/coldkeypub.txt");
    const before = readFileSync(publicFile, "utf8");
    rmSync(publicFile);
    expect((await wallet(["show", "half"])).out).toContain("plain");
    expect((await wallet(["new", "half", "--hotkey", "two"])).code).toBe(0);
    expect(readFileSync(publicFile, "utf8")).toBe(before);
  });

  test("shows what is wrong with each file, and goes on with the others", async () => {
    mkdirSync(at("wallets/broken/hotkeys"), { recursive: true });
    writeFileSync(at("wallets/broken/coldkey"), "$NACLxx", { mode: 0o600 });
    writeFileSync(at("wallets/broken/hotkeys/garbage"), "not json", { mode: 0o600 });
    writeFileSync(at("wallets/broken/hotkeys/open"), JSON.stringify({ ss58Address: ALICE }));
    chmodSync(at("wallets/broken/hotkeys/open"), 0o644);
    const { out, code } = await wallet(["show", "broken", "--json"]);
    const { coldkey, hotkeys } = JSON.parse(out);
    expect(code).toBe(0);
    expect(coldkey).toEqual({
      stored: "nacl",
      problem: expect.stringContaining("coldkeypub file cannot be read"),
    });
    expect(hotkeys.garbage.problem).toContain("not JSON");
    expect(hotkeys.open).toEqual({
      stored: "plain",
      address: ALICE,
      problem: expect.stringContaining("chmod 600"),
    });
  });

  test.each([
    ["../../etc", "default"],
    [".hidden", "default"],
    ["a/b", "default"],
    ["x", "../../../outside"],
    ["x", "hpub.txt"],
  ])("refuses %s with hotkey %s as names, and writes nothing", async (name, hotkey) => {
    const { code, error } = await wallet(["new", name, "--hotkey", hotkey, "--plain"]);
    expect([code, error.split("\n").length]).toEqual([2, 2]);
    expect(existsSync(at("wallets/x"))).toBe(false);
    expect(existsSync(at("outside"))).toBe(false);
  });

  test("refuses a coldkey that others can read, with the command that mends it", async () => {
    await wallet(["new", "loose", "--plain"]);
    chmodSync(at("wallets/loose/coldkey"), 0o644);
    const { code, error } = await wallet(["sign", "loose", "--coldkey", "--message", "x"]);
    expect(code).toBe(2);
    expect(error).toContain(`Run: chmod 600 ${at("wallets/loose/coldkey")}`);
    expect(error.trimEnd()).not.toContain("\n");
  });

  test("asks nobody where there is no terminal", async () => {
    const { code, error } = await wallet(["new", "dark"]);
    expect([code, existsSync(at("wallets/dark"))]).toEqual([2, false]);
    expect(error).toContain("--password-file FILE");
  });
});

const PASSWORD = "CanaryPassword-77x";
const PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow";
const SECRETS = [PASSWORD, "CanaryWrong-12", "legal winner", "winner thank"];

test(
  "no secret reaches an output, an error or a file name, whatever goes wrong",
  async () => {
    const from = write("phrase", PHRASE);
    const password = write("password", `${PASSWORD}\n`);
    const wrong = write("wrong", "CanaryWrong-12");
    const outputs: string[] = [];
    const run = async (args: string[], given?: Given) => {
      const result = await wallet(args, given);
      outputs.push(result.out, result.error);
      return result;
    };
    const phrases = ["--coldkey-from", from, "--hotkey-from", from];
    expect((await run(["new", "canary", ...phrases, "--password-file", password])).code).toBe(0);
    const sign = ["sign", "canary", "--coldkey", "--message", "m"];
    const denied = await run([...sign, "--password-file", wrong]);
    expect([denied.code, denied.error.split("\n").length]).toEqual([1, 2]);
    expect(denied.error).toContain("The password does not open the coldkey file");
    await run(["show", "canary"]);
    await run(["list", "--json"]);
    // Typed where it does not belong.
    expect((await run(["sign", "canary", PASSWORD])).code).toBe(2);
    expect((await run([...sign, "--password", PASSWORD])).code).toBe(2);
    expect((await run([...sign, `--password=${PASSWORD}`])).code).toBe(2);
    expect((await run([PASSWORD])).code).toBe(2);
    // Secrets that are none, in files that are damaged.
    const almost = write("almost", PHRASE.replace("yellow", "yellows"));
    expect((await run(["new", "bad", "--plain", "--coldkey-from", almost])).code).toBe(2);
    writeFileSync(
      at("wallets/canary/hotkeys/default"),
      `{"secretPhrase":"${PHRASE}","secretSeed":"${PASSWORD}"`,
    );
    expect((await run(["sign", "canary", "--message", "m"])).code).toBe(2);
    writeFileSync(
      at("wallets/canary/hotkeys/default"),
      JSON.stringify({ secretPhrase: [PHRASE], ss58Address: 5 }),
    );
    expect((await run(["sign", "canary", "--message", "m"])).code).toBe(2);
    writeFileSync(at("wallets/canary/coldkey"), readFileSync(at("wallets/canary/coldkey")).subarray(0, 30));
    expect((await run([...sign, "--password-file", password])).error).toContain("damaged");
    const names = readdirSync(at("wallets"), { recursive: true }).join("\n");
    for (const text of [...outputs, names]) for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(outputs.join("").length).toBeGreaterThan(1_000);
  },
  SLOW_MS,
);

test("the phrases go into a file for their owner only, and into nothing else", async () => {
  const { out, code } = await wallet([
    "new",
    "kept",
    "--plain",
    "--words",
    "24",
    "--phrase-file",
    at("phrases"),
  ]);
  const [coldkey = "", hotkey = ""] = readFileSync(at("phrases"), "utf8").trim().split("\n");
  expect([code, statSync(at("phrases")).mode & 0o777]).toEqual([0, 0o600]);
  for (const line of [coldkey, hotkey]) {
    const words = line.replace(/^(cold|hot)key: /, "");
    expect(words.split(" ")).toHaveLength(24);
    expect(out).not.toContain(words.slice(0, 30));
  }
  const again = write("again", coldkey.replace("coldkey: ", ""));
  const restored = await wallet(["new", "restored", "--plain", "--coldkey-from", again, "--json"]);
  expect(out).toContain(JSON.parse(restored.out).coldkey.address);
});

test(
  "on a terminal the password is asked for twice and not shown, the phrases are shown once",
  async () => {
    let seen = "";
    const answers = [PASSWORD, PASSWORD];
    const child = Bun.spawn([process.execPath, MAIN, "wallet", "new", "typed"], {
      env: { PATH: process.env.PATH ?? "", HOME: folder, BT_WALLET_PATH: at("wallets"), NO_COLOR: "1" },
      terminal: {
        cols: 200,
        rows: 50,
        data(terminal, data) {
          const before = seen.split(": ").length;
          seen += Buffer.from(data).toString();
          // One answer for each prompt that has come; a slip of the finger is taken back.
          for (let n = seen.split(": ").length - before; n > 0 && answers.length > 0; n--)
            terminal.write(`${answers.shift()}y\u007f\r`);
        },
      },
    });
    expect(await child.exited).toBe(0);
    expect(seen).toContain("New password of the coldkey: ");
    expect(seen).toContain("The same again: ");
    expect(seen).not.toContain(PASSWORD.slice(0, 6));
    const words = /^coldkey: (.*?)\r?$/m.exec(seen)?.[1] ?? "";
    expect(words.split(" ")).toHaveLength(12);
    const signed = await wallet(["sign", "typed", "--coldkey", "--message", "m", "--json"], {
      env: { BT_WALLET_PASSWORD: PASSWORD },
    });
    expect(seen).toContain(JSON.parse(signed.out).address);
    expect(`${signed.out} ${signed.error}`).not.toContain(PASSWORD);
  },
  SLOW_MS,
);

test.each(["", "coldkey", "coldkeypub.txt", "hotkeys/default"])(
  "killed as soon as %j stands, it leaves whole files, and the same command does the rest",
  async (last) => {
    const name = `killed-${last.replace(/\W/g, "-")}`;
    const place = at(`wallets/${name}`);
    const child = Bun.spawn([process.execPath, MAIN, "wallet", "new", name, "--plain"], {
      env: { PATH: process.env.PATH ?? "", BT_WALLET_PATH: at("wallets") },
      stdout: "ignore",
      stderr: "ignore",
    });
    while (!existsSync(join(place, last)) && child.exitCode === null) await Bun.sleep(0);
    child.kill("SIGKILL");
    await child.exited;
    const files = () =>
      readdirSync(place, { recursive: true, encoding: "utf8" }).filter(
        (file) => !file.endsWith(".tmp") && statSync(join(place, file)).isFile(),
      );
    const before = new Map(files().map((file) => [file, readFileSync(join(place, file), "utf8")]));
    for (const text of before.values()) expect(() => JSON.parse(text)).not.toThrow();
    const again = await wallet(["new", name, "--plain"]);
    expect(again.code).toBe(before.has("hotkeys/default") ? 1 : 0);
    for (const [file, text] of before) expect(readFileSync(join(place, file), "utf8")).toBe(text);
    expect(files()).toEqual(expect.arrayContaining(["coldkey", "coldkeypub.txt", "hotkeys/default"]));
  },
);
