/**
 * Starts real nats-server processes for tests, benches and the cluster walk-through of the docs: one server or a
 * cluster, on ports the kernel chose, with stores under a temporary folder that goes away at `stop()`.
 *
 *   await using server = await NatsServer.start({ binary, jetstream: true });
 *   const cluster = await NatsServer.cluster(3, { binary });
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { reservePorts } from "./ports.ts";
import { serverConfig } from "./server-config.ts";

export interface NatsServerOptions {
  /** Path of nats-server; default: the one on the PATH. */
  binary?: string;
  name?: string;
  /** More configuration text: accounts, resolver, TLS, limits. Ports, store and cluster are the launcher's. */
  config?: string;
  /** Default true. False also when `config` has its own `jetstream` block. */
  jetstream?: boolean;
  /** Kept at `stop()` when given; otherwise a temporary folder that is removed. */
  storeDir?: string;
  /** Largest message in bytes; the server's own default is 1 MiB. */
  maxPayload?: number;
  /** How long to wait for the server, or the cluster's leader, in milliseconds. Default 20,000. */
  readyMs?: number;
}

interface Ports {
  client: number;
  monitor: number;
}
interface ClusterPlace {
  port: number;
  routes: number[];
}

const POLL_MS = 20;
const STOP_MS = 5_000;
const PORT_ATTEMPTS = 3;
/** A killed test must not leave servers behind. Where util-linux is missing, the exit handler below has to do. */
const SETPRIV = Bun.which("setpriv");
const DIE_WITH_PARENT = SETPRIV === null ? [] : [SETPRIV, "--pdeathsig", "KILL"];
const running = new Set<NatsServer>();

export class NatsServer implements AsyncDisposable {
  readonly name: string;
  readonly storeDir: string;
  readonly #options: NatsServerOptions;
  readonly #binary: string;
  readonly #dir: string;
  readonly #cluster: ClusterPlace | undefined;
  #ports: Ports = { client: -1, monitor: -1 };
  #process: Bun.Subprocess | undefined;

  private constructor(options: NatsServerOptions, cluster?: ClusterPlace) {
    const binary = options.binary ?? Bun.which("nats-server");
    if (!binary) {
      throw new Failure("config", "no nats-server on the PATH", {
        hint: "Pass `binary`, or run `npm test` once: it fetches nats-server into .orrery/tools.",
      });
    }
    this.#binary = binary;
    this.#options = options;
    this.#cluster = cluster;
    this.#dir = mkdtempSync(join(tmpdir(), "orrery-nats-"));
    this.name = options.name ?? `n${this.#dir.slice(-6)}`;
    this.storeDir = options.storeDir ?? join(this.#dir, "store");
  }

  /** Starts one server and waits until it answers. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(options);
    try {
      await server.#launch();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Starts a full mesh of `size` servers and waits until JetStream has its meta leader everywhere. */
  static async cluster(size: number, options: NatsServerOptions = {}): Promise<NatsServer[]> {
    for (let attempt = 1; ; attempt++) {
      const ports = await reservePorts(size);
      const servers = ports.map((port, index) => {
        const name = `${options.name ?? "n"}${index + 1}`;
        return new NatsServer({ ...options, name }, { port, routes: ports });
      });
      try {
        await Promise.all(servers.map((server) => server.#launch()));
        return servers;
      } catch (error) {
        await Promise.all(servers.map((server) => server.stop()));
        // Another program may take a reserved port in the moment before the server binds it.
        if (attempt === PORT_ATTEMPTS || !String(error).includes("address already in use")) throw error;
      }
    }
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#ports.client}`;
  }

  get port(): number {
    return this.#ports.client;
  }

  get monitorUrl(): string {
    return `http://127.0.0.1:${this.#ports.monitor}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** The server's own log so far, for a failing test's message. */
  log(): string {
    return ["stderr.log", "server.log"].map((name) => readOrNothing(join(this.#dir, name))).join("");
  }

  /** Sends a signal: SIGSTOP freezes the server, SIGCONT resumes it, SIGHUP reloads its configuration. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Ends the process without ceremony and waits until it is gone; store and ports are kept for `restart()`. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    this.#process = undefined;
  }

  /** Ends the process (SIGKILL unless told otherwise) and starts it again on the same ports and store. */
  async restart(options: { signal?: NodeJS.Signals } = {}): Promise<void> {
    this.#process?.kill(options.signal ?? "SIGKILL");
    await this.#process?.exited;
    await this.#launch();
  }

  /** Ends the process and removes what it wrote, but a `storeDir` that the caller gave. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child !== undefined) {
      child.kill("SIGCONT"); // a frozen process would not hear the next signal
      child.kill("SIGTERM");
      const gone = await Promise.race([child.exited, Bun.sleep(STOP_MS).then(() => "late" as const)]);
      if (gone === "late") child.kill("SIGKILL");
      await child.exited;
    }
    running.delete(this);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  varz(): Promise<Record<string, unknown>> {
    return this.#monitor("/varz");
  }

  connz(): Promise<{ num_connections: number; connections: { cid: number; name?: string }[] }> {
    return this.#monitor("/connz");
  }

  jsz(): Promise<{ meta_cluster?: { leader?: string; cluster_size: number } }> {
    return this.#monitor("/jsz");
  }

  async #launch(): Promise<void> {
    const { config, maxPayload, jetstream } = this.#options;
    const file = join(this.#dir, "server.conf");
    writeFileSync(
      file,
      serverConfig({
        name: this.name,
        client: this.#ports.client,
        monitor: this.#ports.monitor,
        portsDir: this.#dir,
        storeDir: this.#jetstream(jetstream) ? this.storeDir : undefined,
        cluster: this.#cluster,
        maxPayload,
        extra: config,
      }),
    );
    this.#removePortsFiles();
    const log = join(this.#dir, "server.log");
    const child = Bun.spawn([...DIE_WITH_PARENT, this.#binary, "-c", file, "-l", log], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: Bun.file(join(this.#dir, "stderr.log")), // what is wrong with a configuration is said here
    });
    this.#process = child;
    running.add(this);
    const readyMs = this.#options.readyMs ?? 20_000;
    const signal = AbortSignal.timeout(readyMs);
    while (!(await this.#isReady())) {
      if (child.exitCode !== null || child.signalCode !== null || signal.aborted) {
        const how = signal.aborted ? `not ready after ${readyMs} ms` : `ended with ${child.exitCode}`;
        throw new Failure("unavailable", `nats-server ${this.name} ${how}: ${lastLines(this.log())}`, {
          hint: "Read the last lines of its log above.",
          meta: { binary: this.#binary },
        });
      }
      await Bun.sleep(POLL_MS);
    }
  }

  /** Up when the ports file is whole, the health check passes and, in a cluster, a meta leader is known. */
  async #isReady(): Promise<boolean> {
    const ports = this.#readPorts();
    if (ports === undefined) return false;
    this.#ports = ports;
    try {
      const health = await fetch(`${this.monitorUrl}/healthz`);
      await health.body?.cancel();
      if (!health.ok) return false;
      if (this.#cluster === undefined || !this.#jetstream(this.#options.jetstream)) return true;
      const meta = (await this.jsz()).meta_cluster;
      return Boolean(meta?.leader) && meta?.cluster_size === this.#cluster.routes.length;
    } catch {
      return false;
    }
  }

  #jetstream(wanted: boolean | undefined): boolean {
    return wanted ?? !/^\s*jetstream\b/m.test(this.#options.config ?? "");
  }

  #readPorts(): Ports | undefined {
    try {
      const [name] = readdirSync(this.#dir).filter((entry) => entry.endsWith(".ports"));
      const found = JSON.parse(readFileSync(join(this.#dir, name ?? ""), "utf8")) as Record<string, string[]>;
      const port = (urls: string[] | undefined): number => Number(new URL(urls?.[0] ?? "").port);
      return { client: port(found.nats), monitor: port(found.monitoring) };
    } catch {
      return undefined; // not written yet, or half
    }
  }

  #removePortsFiles(): void {
    for (const entry of readdirSync(this.#dir)) {
      if (entry.endsWith(".ports")) rmSync(join(this.#dir, entry), { force: true });
    }
  }

  async #monitor<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.monitorUrl}${path}`, { signal: AbortSignal.timeout(2_000) });
    return (await answer.json()) as T;
  }

  /** For the exit handler: no time left to be polite. */
  static abandonAll(): void {
    for (const server of running) {
      server.signal("SIGKILL");
      rmSync(server.#dir, { recursive: true, force: true });
    }
  }
}

process.on("exit", () => NatsServer.abandonAll());

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const lastLines = (log: string): string => log.trim().split("\n").slice(-5).join(" | ").slice(-800);
