/** The text of one server's configuration file. */
export interface ServerConfig {
  name: string;
  /** -1 lets the kernel choose; the ports file tells which. */
  client: number;
  monitor: number;
  portsDir: string;
  storeDir: string | undefined;
  cluster: { port: number; routes: number[] } | undefined;
  maxPayload: number | undefined;
  extra: string | undefined;
}

export function serverConfig(options: ServerConfig): string {
  const lines = [
    `server_name: ${JSON.stringify(options.name)}`,
    `listen: "127.0.0.1:${options.client}"`,
    `http: "127.0.0.1:${options.monitor}"`,
    `ports_file_dir: ${JSON.stringify(options.portsDir)}`,
  ];
  if (options.maxPayload !== undefined) lines.push(`max_payload: ${options.maxPayload}`);
  if (options.storeDir !== undefined) {
    lines.push(`jetstream { store_dir: ${JSON.stringify(options.storeDir)} }`);
  }
  if (options.cluster !== undefined) {
    const routes = options.cluster.routes.map((port) => `"nats-route://127.0.0.1:${port}"`);
    lines.push(
      `cluster { name: orrery, listen: "127.0.0.1:${options.cluster.port}", routes: [${routes.join(", ")}] }`,
    );
  }
  return `${[...lines, options.extra ?? ""].join("\n")}\n`;
}
