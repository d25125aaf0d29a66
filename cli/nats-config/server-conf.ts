/** The configuration file of one server: where it listens, whom it trusts, where it keeps its data. */
import { join } from "node:path";
import type { ServerPlace } from "./cluster.ts";

export interface TlsFiles {
  cert: string;
  key: string;
  /** CA that clients' and routes' certificates are checked against. */
  ca?: string | undefined;
}

export interface ServerConfOptions {
  net: string;
  place: ServerPlace;
  all: readonly ServerPlace[];
  dataDir: string;
  trust: string;
  maxPayload: number;
  tls?: TlsFiles | undefined;
  /** Shared by the servers: nobody else may join as a route. */
  routeSecret: string;
}

const quote = (text: string): string => JSON.stringify(text);

/** Paths are absolute: nats-server resolves relative ones against the folder it was started in. */
export function serverConf(options: ServerConfOptions): string {
  const { net, place, all, dataDir, trust, maxPayload } = options;
  return [
    `# Written by \`bun run nats-config\`. Start with: nats-server -c ${place.name}.conf`,
    `server_name: ${place.name}`,
    ...listen(place, place.client, "client_advertise"),
    "# Monitoring has no login: it is for this machine only.",
    `http: ${quote(`${isLoopback(place.host) ? place.host : "127.0.0.1"}:${place.monitor}`)}`,
    "",
    `max_payload: ${maxPayload}`,
    "# Enough for a burst on a slow link; a consumer that stays slow is cut off.",
    "max_pending: 67108864",
    'write_deadline: "10s"',
    "",
    "jetstream {",
    `  store_dir: ${quote(join(dataDir, "jetstream"))}`,
    "}",
    ...(options.tls === undefined ? [] : ["", tlsBlock(options.tls, "")]),
    ...(all.length > 1 ? ["", clusterBlock(options, net)] : []),
    "",
    trust,
  ].join("\n");
}

const isLoopback = (host: string): boolean => host === "localhost" || /^127\.|^\[::1\]$/.test(host);

/** A public name may belong to a router in front: listen everywhere, and tell others the name. */
const listen = ({ host }: ServerPlace, port: number, advertise: string): string[] =>
  isLoopback(host)
    ? [`listen: ${quote(`${host}:${port}`)}`]
    : [`listen: ${quote(`0.0.0.0:${port}`)}`, `${advertise}: ${quote(`${host}:${port}`)}`];

const tlsBlock = ({ cert, key, ca }: TlsFiles, indent: string): string =>
  [
    `${indent}tls {`,
    `${indent}  cert_file: ${quote(cert)}`,
    `${indent}  key_file: ${quote(key)}`,
    ...(ca === undefined ? [] : [`${indent}  ca_file: ${quote(ca)}`]),
    `${indent}}`,
  ].join("\n");

function clusterBlock({ place, all, tls, routeSecret }: ServerConfOptions, net: string): string {
  const routes = all
    .filter(({ name }) => name !== place.name)
    .map(({ host, cluster }) => `    ${quote(`nats-route://route:${routeSecret}@${host}:${cluster}`)}`);
  return [
    "cluster {",
    `  name: ${quote(`orrery-${net}`)}`,
    ...listen(place, place.cluster, "cluster_advertise").map((line) => `  ${line}`),
    `  authorization { user: route, password: ${quote(routeSecret)}, timeout: 5 }`,
    "  routes: [",
    routes.join("\n"),
    "  ]",
    ...(tls === undefined ? [] : [tlsBlock(tls, "  ")]),
    "}",
  ].join("\n");
}
