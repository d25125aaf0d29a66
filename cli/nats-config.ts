/** `bun run nats-config`: operator, accounts, credentials and server configuration of a real cluster. */
import { join, resolve } from "node:path";
import { fmtCreds } from "@nats-io/jwt";
import { createUser } from "@nats-io/nkeys";
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import { Name } from "../protocol/ids.ts";
import { SERVICES } from "../protocol/services/index.ts";
import {
  type AccountTokens,
  CORE_USERS,
  type CoreUser,
  createIdentityKeys,
  type IdentityKeys,
  issueAccounts,
  mintCoreUser,
  mintSysUser,
  type RegistryTrust,
  seedOf,
  seedResolver,
  seedsOf,
  trustConfig,
} from "../runtime/identity/index.ts";
import { type ServerPlace, serverPlaces } from "./nats-config/cluster.ts";
import { readmeText } from "./nats-config/readme.ts";
import { serverConf, type TlsFiles } from "./nats-config/server-conf.ts";
import { updateAccounts } from "./nats-config/update.ts";
import { type OutputFile, prepareFolder, writeFiles } from "./nats-config/write-files.ts";
import { type CommandInfo, helpText } from "./options/help.ts";
import { option, parseOptions } from "./options/options.ts";

const Port = z.number().int().min(1).max(65_000);
const Path = z.string().min(1).max(4_096);
const Host = z
  .string()
  .regex(/^(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]+\])$/, "a host name or address without port");

const Options = z.object({
  out: option(Path, { description: "Folder to write to.", placeholder: "DIR", group: "What" }),
  net: option(Name.default("local"), {
    description: "Network name: second token of every subject.",
    group: "What",
  }),
  servers: option(z.literal([1, 3, 5]).default(1), {
    description: "Servers: 1, or a cluster of 3 or 5 that survives the loss of one or two.",
    group: "What",
  }),
  hosts: option(z.array(Host).min(1).max(5).default(["127.0.0.1"]), {
    description: "Host of each server; one for all means that they share it and count their ports up.",
    placeholder: "HOST[,…]",
    group: "Where",
  }),
  port: option(Port.default(4222), { description: "Port for nodes and miners.", group: "Where" }),
  clusterPort: option(Port.default(6222), { description: "Port for the other servers.", group: "Where" }),
  monitorPort: option(Port.default(8222), {
    description: "Port of the monitoring page, local only.",
    group: "Where",
  }),
  maxPayload: option(z.number().int().min(1_048_576).max(67_108_864).default(8_388_608), {
    description: "Largest message in bytes.",
    group: "Where",
  }),
  tlsCert: option(Path.optional(), {
    description: "Certificate of the servers.",
    placeholder: "FILE",
    group: "TLS",
  }),
  tlsKey: option(Path.optional(), {
    description: "Key of the certificate.",
    placeholder: "FILE",
    group: "TLS",
  }),
  tlsCa: option(Path.optional(), {
    description: "CA of the certificate.",
    placeholder: "FILE",
    group: "TLS",
  }),
  revocation: option(z.boolean().default(true), {
    description:
      "Let the registry cut revoked miners off at once, for which it holds an operator signing key.",
    group: "Safety",
  }),
  update: option(z.boolean().default(false), {
    description:
      "After an upgrade: give the accounts in DIR the permissions of this version. Keys and creds stay.",
    group: "What",
  }),
  force: option(z.boolean().default(false), {
    description: "Replace an earlier network in DIR: all its keys and the servers' data are deleted.",
    group: "Safety",
  }),
});
type Options = z.output<typeof Options>;

const info: CommandInfo = {
  name: "nats-config",
  summary:
    "Writes all that a NATS cluster of a network needs: keys, accounts, credentials, server configuration.",
  usage: "bun run nats-config --out DIR [--servers 3] [--net NAME] [--hosts A,B,C] [--update | --force]",
  examples: [
    {
      command: "bun run nats-config --out nats",
      what: "One server on this machine: nats-server -c nats/n1.conf",
    },
    {
      command: "bun run nats-config --out nats --net main --servers 3 --hosts a.example,b.example,c.example",
      what: "A cluster.",
    },
  ],
  schema: Options,
};

export async function run(args: string[]): Promise<number> {
  const { options, help } = parseOptions(Options, { args, env: process.env });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const out = resolve(options.out);
  if (options.update) return update(out);
  const places = serverPlaces(options);
  const tls = tlsFiles(options);
  const urls = places.map(({ host, client }) => `${tls === undefined ? "nats" : "tls"}://${host}:${client}`);
  prepareFolder(out, options.force);
  const keys = createIdentityKeys();
  const tokens = await issueAccounts(keys, { net: options.net, services: SERVICES });
  writeFiles(out, [
    { path: "README.md", text: readmeText({ net: options.net, places, urls }), secret: false },
    { path: "keys.json", text: json(seedsOf(keys)), secret: true },
    { path: "registry.json", text: json(await registryTrust(keys, options, urls)), secret: true },
    ...(await credsFiles(keys)),
    ...serverFiles({ out, options, places, tokens, tls }),
  ]);
  for (const { name } of places) seedResolver(tokens, join(out, "data", name, "jwt"));
  console.log(
    [
      `Wrote network "${options.net}" to ${out}. Start it:`,
      "",
      ...places.map(({ name }) => `  nats-server -c ${join(out, `${name}.conf`)}`),
      "",
      `Then read ${join(out, "README.md")}, and move keys.json to a safe: nothing online needs it.`,
    ].join("\n"),
  );
  return 0;
}

async function update(out: string): Promise<number> {
  const { servers, keys, added } = await updateAccounts(out, SERVICES);
  if (added.length > 0) writeFiles(out, await credsFiles(keys, added));
  console.log(
    `Updated the accounts in ${out}. Restart ${servers.join(", then ")}: one at a time, each healthy before the next.`,
  );
  return 0;
}

/** One for each of the operator's roles, and one for the servers' own account where all are asked for. */
async function credsFiles(
  keys: IdentityKeys,
  kinds: readonly CoreUser[] = CORE_USERS,
): Promise<OutputFile[]> {
  const roles = kinds.map(async (kind) =>
    credsFile(kind, (nkeyPublic) => mintCoreUser(keys, { kind, nkeyPublic })),
  );
  if (kinds !== CORE_USERS) return Promise.all(roles);
  const sys = credsFile("sys", (nkeyPublic) => mintSysUser(keys, { kind: "admin", nkeyPublic }));
  return Promise.all([...roles, sys]);
}

async function credsFile(name: string, mint: (nkeyPublic: string) => Promise<string>): Promise<OutputFile> {
  return { path: join("creds", `${name}.creds`), text: await credsText(mint), secret: true };
}

async function credsText(mint: (nkeyPublic: string) => Promise<string>): Promise<string> {
  const user = createUser();
  return new TextDecoder().decode(fmtCreds(await mint(user.getPublicKey()), user));
}

async function registryTrust(
  keys: IdentityKeys,
  options: Options,
  servers: string[],
): Promise<RegistryTrust> {
  return {
    net: options.net,
    servers,
    account: keys.public.getPublicKey(),
    minerSigningSeed: seedOf(keys.signing.miner),
    operatorToken: secret(),
    ...(options.revocation
      ? {
          revocation: {
            operatorSigningSeed: seedOf(keys.operatorSigning),
            sysCreds: await credsText((nkeyPublic) => mintSysUser(keys, { kind: "revoker", nkeyPublic })),
          },
        }
      : {}),
  };
}

interface ServerFiles {
  out: string;
  options: Options;
  places: readonly ServerPlace[];
  tokens: AccountTokens;
  tls: TlsFiles | undefined;
}

function serverFiles({ out, options, places, tokens, tls }: ServerFiles): OutputFile[] {
  const routeSecret = secret();
  return places.map((place) => {
    const dataDir = join(out, "data", place.name);
    const trust = trustConfig(tokens, { resolverDir: join(dataDir, "jwt") });
    const { net, maxPayload } = options;
    const text = serverConf({ net, place, all: places, dataDir, trust, maxPayload, tls, routeSecret });
    return { path: `${place.name}.conf`, text, secret: true };
  });
}

function tlsFiles({ tlsCert, tlsKey, tlsCa }: Options): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new Failure("config", "TLS needs both --tls-cert and --tls-key", {
      hint: "Give both, or neither.",
    });
  }
  return {
    cert: resolve(tlsCert),
    key: resolve(tlsKey),
    ca: tlsCa === undefined ? undefined : resolve(tlsCa),
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** 32 random bytes; letters and digits only, so that no configuration syntax needs quoting. */
const secret = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
