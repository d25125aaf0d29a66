import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { connect } from "@nats-io/transport-node";
import { currentNatsServer, debianNatsServer } from "../../test/provision/nats.ts";
import { until } from "../../test/support/until.ts";
import { NatsServer } from "./nats-server.ts";

/** A zombie that nobody has collected yet is as dead as can be. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

const found = { "Debian's": await debianNatsServer(), current: await currentNatsServer() };

for (const [which, tool] of Object.entries(found)) {
  describe.skipIf(tool.missing !== undefined)(`launcher with the ${which} nats-server`, () => {
    const binary = tool.path ?? "";

    test("starts a server on ports the kernel chose and removes its store at stop", async () => {
      const server = await NatsServer.start({ binary });
      const nc = await connect({ servers: server.url });
      expect(nc.info?.jetstream).toBe(true);
      expect((await server.connz()).num_connections).toBe(1);
      await nc.close();
      expect(existsSync(server.storeDir)).toBe(true);
      await server.stop();
      expect(existsSync(server.storeDir)).toBe(false);
    });

    test("comes back on the same ports after a kill", async () => {
      await using server = await NatsServer.start({ binary });
      const before = { url: server.url, pid: server.pid };
      await server.restart({ signal: "SIGKILL" });
      expect(server.url).toBe(before.url);
      expect(server.pid).not.toBe(before.pid);
      await (await connect({ servers: server.url })).close();
    });

    test("a cluster of three agrees on a leader before it is handed out", async () => {
      const servers = await NatsServer.cluster(3, { binary });
      try {
        const leaders = await Promise.all(
          servers.map(async (server) => (await server.jsz()).meta_cluster?.leader),
        );
        expect(new Set(leaders).size).toBe(1);
        expect(["n1", "n2", "n3"]).toContain(leaders[0] ?? "");
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    }, 30_000); // an election may take some seconds

    test.skipIf(Bun.which("setpriv") === null)("a server does not outlive a killed parent", async () => {
      const script = `
        import { NatsServer } from ${JSON.stringify(`${import.meta.dir}/nats-server.ts`)};
        const server = await NatsServer.start({ binary: ${JSON.stringify(binary)}, jetstream: false });
        console.log(JSON.stringify([server.pid, server.storeDir]));
        setInterval(() => {}, 1_000);`;
      const parent = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
      let said = "";
      for await (const chunk of parent.stdout) {
        said += new TextDecoder().decode(chunk);
        if (said.includes("\n")) break;
      }
      const [pid, storeDir] = JSON.parse(said) as [number, string];
      expect(isAlive(pid)).toBe(true);
      parent.kill("SIGKILL");
      await until(() => !isAlive(pid), "the server is gone");
      rmSync(dirname(storeDir), { recursive: true, force: true }); // nobody was left to do it
    });

    test("says what is wrong with a configuration instead of waiting", async () => {
      const starting = NatsServer.start({ binary, config: "accounts { broken" });
      await expect(starting).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("Parse error on line"),
      });
    });
  });
}
