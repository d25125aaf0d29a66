/** The seven processes and three NATS servers of docs/operating.md, on free ports and in a folder of their own. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ledger } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open.ts";
import { reservePorts } from "../../runtime/launcher/ports.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { SupervisedProcess } from "./supervised-process.ts";
import { type WalkThrough, walkThrough } from "./walk-through.ts";

export const ROOT = join(import.meta.dir, "../..");
/** One loopback address per server, so that all share their ports as servers on machines of their own do. */
const HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

export interface ClusterOptions {
  /** Path of nats-server. */
  natsServer: string;
  /** A postgres:// URL; without it, one SQLite file that the processes share. */
  ledger?: string;
  /** Arguments of every node that judges, beside those of the page. */
  subnet: readonly string[];
  /** Arguments of the validator, beside those of the page. */
  validator: readonly string[];
  /** A chain of its own, of which a node with the role `chain` tells all others; without it, the page's local chain. */
  network?: string;
}

export interface Cluster extends AsyncDisposable {
  readonly folder: string;
  readonly nodes: ReadonlyMap<string, SupervisedProcess>;
  readonly servers: readonly SupervisedProcess[];
  /** The ledger that the nodes share, opened by the test beside them. */
  readonly ledger: Ledger;
  readonly ledgerAt: string;
  /** Starts a second node of the same kind under another name; disposing it ends it. */
  another(of: string, name: string): Promise<SupervisedProcess>;
  startNodes(): Promise<void>;
  /** The ends of all logs. */
  logs(): string;
}

export const cli = (...args: string[]): string[] => [process.execPath, join(ROOT, "cli/main.ts"), ...args];

/** Configures and starts the servers; the nodes are started by `startNodes`. */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-cluster-"));
  mkdirSync(join(folder, "logs"));
  mkdirSync(join(folder, "data"));
  const [client = 0, route = 0, monitor = 0, http = 0] = await reservePorts(4);
  const nats = HOSTS.map((host) => `nats://${host}:${client}`).join();
  const page = walkThrough({ folder, nats, http: `127.0.0.1:${http}` });

  await finished(
    cli(
      ...["nats-config", ...page.config, "--hosts", HOSTS.join(), "--port", `${client}`],
      ...["--cluster-port", `${route}`, "--monitor-port", `${monitor}`],
    ),
  );
  // Round 0 has just begun, and lasts longer than any test.
  await Bun.write(
    join(folder, "genesis.json"),
    JSON.stringify({ ...page.genesis, startAt: Date.now(), blockTimeMs: 1_000 }),
  );

  const servers = page.servers.map(
    (conf, index) =>
      new SupervisedProcess({
        name: `n${index + 1}`,
        command: [options.natsServer, "-c", conf],
        cwd: folder,
        log: join(folder, "logs", `n${index + 1}.log`),
        ready: () => healthy(`http://${HOSTS[index]}:${monitor}/healthz`),
      }),
  );
  const ledgerAt = options.ledger ?? join(folder, "data/ledger.sqlite");
  const env = {
    ...page.environment,
    ORRERY_DATA: join(folder, "data"),
    ...(options.ledger === undefined ? {} : { ORRERY_LEDGER: options.ledger }),
    ORRERY_LOG_FORMAT: "text",
  };
  const { network } = options;
  if (network !== undefined) connectToChain(page, { network, creds: join(folder, "nats/creds/chain.creds") });
  const argsOf = (name: string): string[] => {
    const role = page.nodes.get(name);
    if (role === undefined) throw new Error(`there is no node ${name}`);
    return ["node", ...role, ...options.subnet, ...(name === "validator" ? options.validator : [])];
  };
  const nodeOf = (name: string, args: string[]) =>
    new SupervisedProcess({
      name,
      command: cli(...args),
      env,
      cwd: ROOT,
      log: join(folder, "logs", `${name}.log`),
      ready: (said) => said.includes('"ready":true'),
    });
  const nodes = new Map([...page.nodes.keys()].map((name) => [name, nodeOf(name, argsOf(name))]));
  const all = [...nodes.values(), ...servers];
  let ledger: Ledger | undefined;
  const dispose = async () => {
    await ledger?.close();
    await Promise.all([...nodes.values()].map((node) => node.stop("SIGKILL")));
    await Promise.all(servers.map((server) => server.stop("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(servers.map((server) => server.start()));
    ledger = await openLedger(ledgerAt, { clock: createSystemClock() });
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
  return {
    ...{ folder, nodes, servers, ledger, ledgerAt },
    async another(of, name) {
      const node = nodeOf(name, [...argsOf(of), "--name", name]);
      await node.start();
      return node;
    },
    startNodes: async () => void (await Promise.all([...nodes.values()].map((node) => node.start()))),
    logs: () => all.map((each) => each.tail(servers.includes(each) ? 3 : 40)).join("\n"),
    [Symbol.asyncDispose]: dispose,
  };
}

/** What docs/chain.md changes in the walk-through: nobody hosts a chain, one node has the connection to one. */
function connectToChain(page: WalkThrough, options: { network: string; creds: string }): void {
  for (const [name, args] of page.nodes) {
    const hosted = args.indexOf("--genesis");
    if (hosted >= 0) page.nodes.set(name, [...args.toSpliced(hosted, 2), "--network", "cluster"]);
  }
  const chain = [
    "--name",
    "chain",
    "--role",
    "chain",
    "--network",
    options.network,
    "--creds",
    options.creds,
  ];
  page.nodes.set("chain", chain);
}

async function healthy(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

/** Runs a command to its end; tells its exit code and what it said. */
export async function finish(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; error: string }> {
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, out, error] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, out, error };
}

async function finished(command: readonly string[]): Promise<void> {
  const { code, error } = await finish(command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${error}`);
}
