/** Everything a node can be told. `--help`, the reference page and validation come from here. */
import { z } from "zod";
import { boundedRecord, Name } from "../../protocol/ids.ts";
import { ROLES } from "../../protocol/role.ts";
import { option } from "../options/options.ts";
import { isolateOptions } from "./isolate-options.ts";

export const Address = z
  .string()
  .max(255)
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/, "an address such as 127.0.0.1:8080")
  .refine((address) => Number(address.slice(address.lastIndexOf(":") + 1)) <= 65_535, "a port up to 65535");

export const NodeConfig = z.object({
  role: option(z.array(z.enum([...ROLES, "all"])).min(1), {
    description: "Roles to start in this process, or all.",
    placeholder: "ROLE[,…]",
    group: "What",
  }),
  subnet: option(z.string().max(1_024).default("longcontext"), {
    description: "A built-in subnet, or the path of a module that exports one.",
    placeholder: "NAME|PATH",
    group: "What",
  }),
  params: option(z.record(z.string().max(64), z.json()).default({}), {
    description: "The subnet's parameters.",
    group: "What",
  }),
  dataset: option(z.string().max(4_096).optional(), {
    description: "Folder of .jsonl files that the subnet draws tasks from, beside its own.",
    placeholder: "DIR",
    group: "What",
  }),
  name: option(Name.optional(), {
    description: "Node name, unique in the network. Default: its first role and a random suffix.",
    group: "What",
  }),
  net: option(Name.default("local"), {
    description: "Network name: second token of every subject.",
    group: "Where",
  }),
  nats: option(z.array(z.string().max(1_024)).max(16).optional(), {
    description: "NATS servers. Without it the node is a world of its own, in memory.",
    placeholder: "URL[,…]",
    group: "Where",
  }),
  creds: option(z.string().max(4_096).optional(), {
    description: "NATS credentials file.",
    placeholder: "FILE",
    group: "Where",
  }),
  enrol: option(z.url("an address such as https://registry.example").max(1_024).optional(), {
    description: "Registry to enrol at: a miner gets its NATS credentials there, with its hotkey.",
    placeholder: "URL",
    group: "Where",
  }),
  replicas: option(z.literal([1, 3, 5]).default(1), {
    description: "Copies of every stream and bucket in a NATS cluster: 1, 3 or 5.",
    group: "Where",
  }),
  keepBlobsDays: option(z.number().int().min(0).max(36_500).default(90), {
    description:
      "Days to keep programs, tasks and evidence (blobs) after they were last stored; 0 keeps them for ever. A bucket on NATS takes the figure of the node that makes it.",
    group: "Where",
  }),
  data: option(z.string().max(4_096).default("./.orrery"), {
    description: "Folder for what the node must remember.",
    placeholder: "DIR",
    group: "Where",
  }),
  ledger: option(z.string().max(4_096).optional(), {
    description: "Ledger: a SQLite file or a postgres:// URL. Default: ledger.sqlite in the data folder.",
    placeholder: "PATH|URL",
    secret: true,
    group: "Where",
  }),
  http: option(Address.optional(), {
    description:
      "Where to serve /health, /ready, /metrics, and what the roles add. The gateway defaults to 127.0.0.1:7070.",
    placeholder: "HOST:PORT",
    group: "Where",
  }),
  hotkey: option(z.string().max(4_096).optional(), {
    description: "Hotkey file, or a development key such as //Alice.",
    placeholder: "FILE|URI",
    secret: true,
    group: "Who",
  }),
  netuid: option(z.number().int().min(0).max(65_535).default(1), {
    description: "Subnet number on chain.",
    group: "Who",
  }),
  network: option(z.string().max(4_096).optional(), {
    description:
      "Chain: finney, test, local, addresses of its nodes, or cluster for the connection of this cluster's chain role. Without it, the registry's local chain.",
    placeholder: "NAME|URL[,…]",
    group: "Who",
  }),
  versionKey: option(z.number().int().min(0).optional(), {
    description: "Weight-setter: version key told to the chain. Default: the mechanism's version.",
    group: "Who",
  }),
  genesis: option(z.string().max(4_096).optional(), {
    description:
      "Genesis of the local chain, JSON. The registry hosts it; without a registry here, it is asked for over NATS.",
    placeholder: "FILE",
    group: "Who",
  }),
  trust: option(z.string().max(4_096).optional(), {
    description: "Registry: keys with which it mints miners' credentials, as nats-config wrote them.",
    placeholder: "FILE",
    group: "Registry",
  }),
  submission: option(z.string().max(4_096).optional(), {
    description: "Miner: the Python file it hands in.",
    placeholder: "FILE",
    group: "Miner",
  }),
  answers: option(z.string().max(4_096).optional(), {
    description: "Miner: module whose export (default: answer) answers tasks.",
    placeholder: "MODULE[#EXPORT]",
    group: "Miner",
  }),
  roundBlocks: option(z.number().int().min(1).max(1_000_000).default(100), {
    description: "Validator: blocks per round.",
    group: "Validator",
  }),
  rounds: option(z.number().int().min(1).optional(), {
    description: "Validator: stop after this many rounds.",
    group: "Validator",
  }),
  intakeMs: option(z.number().int().min(0).max(3_600_000).default(60_000), {
    description: "Validator: how long a silent miner is asked for its submission, in milliseconds.",
    group: "Validator",
  }),
  ...isolateOptions,
  slots: option(z.number().int().min(1).max(256).optional(), {
    description: "Sandbox: isolates at once. Default: one per core.",
    group: "Sandbox",
  }),
  tools: option(z.string().max(4_096).optional(), {
    description: "Sandbox: who answers the tool calls of programs; see docs/tools.md.",
    placeholder: "FILE",
    group: "Sandbox",
  }),
  models: option(z.array(z.string().max(4_096)).max(32).default([]), {
    description:
      "Model: which to serve; names of embedded ones, or files that describe those of a server. Miner: what validators may challenge.",
    placeholder: "NAME|FILE[,…]",
    group: "Model",
  }),
  modelMemoryMb: option(z.number().int().min(1).max(16_777_216).default(4_096), {
    description:
      "Model: memory for the states (KV caches) of running requests, and of earlier ones in what they leave, in MiB.",
    group: "Model",
  }),
  modelIdleMs: option(z.number().int().min(1_000).optional(), {
    description: "Model: unload after this long without a request, in milliseconds. Default: never.",
    group: "Model",
  }),
  modelLabels: option(boundedRecord(z.string().max(64), z.string().max(256), 32).default({}), {
    description: 'Model: what the machine has, for those who choose: e.g. {"gpu":"H100","vram":"80 GB"}.',
    group: "Model",
  }),
  apiKeys: option(z.string().max(4_096).optional(), {
    description:
      "Gateway: file of API keys for /v1. Without it only this machine may ask, and only when --http is a loopback address.",
    placeholder: "FILE",
    group: "Gateway",
  }),
  signedCallers: option(z.boolean().default(false), {
    description: "Gateway: registered hotkeys may ask /v1 with signed requests (btauth/1, Epistula).",
    group: "Gateway",
  }),
  drainMs: option(z.number().int().min(100).max(3_600_000).default(20_000), {
    description: "How long each phase of a drain may take, in milliseconds.",
    group: "Running",
  }),
  log: option(z.enum(["debug", "info", "warn", "error"]).default("info"), {
    description: "Least level logged.",
    group: "Running",
  }),
  logFormat: option(z.enum(["auto", "json", "text"]).default("auto"), {
    description: "JSON lines, or text for people; auto: text on a terminal.",
    group: "Running",
  }),
  otlp: option(z.url().max(1_024).optional(), {
    description: "OpenTelemetry collector that gets the node's traces, over OTLP/HTTP.",
    placeholder: "URL",
    group: "Running",
  }),
  config: option(z.string().max(4_096).optional(), {
    description: "File with any of these options: TOML, JSON or YAML by its ending.",
    placeholder: "FILE",
    group: "Running",
  }),
});
export type NodeConfig = z.output<typeof NodeConfig>;
