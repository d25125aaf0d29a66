/** The README beside the generated files: how to start, what is secret, what to do when something leaks. */
import type { ServerPlace } from "./cluster.ts";

export function readmeText(options: {
  net: string;
  places: readonly ServerPlace[];
  urls: readonly string[];
}): string {
  const { net, places, urls } = options;
  const several = places.length > 1;
  return `# NATS for the Orrery network "${net}"

Written by \`bun run nats-config\`. Start ${several ? "each server on its host" : "the server"}:

${places.map(({ name }) => `    nats-server -c ${name}.conf`).join("\n")}

nats-server 2.9 or later. ${several ? "A cluster answers once two of its three servers run. Copy this folder to every host at the same path, or\nchange the paths in its `.conf`; a host needs only its own `.conf` and `data/` folder." : "For a cluster, run nats-config again with `--servers 3` into another folder."}

Start the operator's nodes with their credentials${several ? " and three copies of everything durable" : ""}:

    bun run node --role validator --net ${net} --nats ${urls.join(",")} --creds creds/validator.creds${several ? " --replicas 3" : ""}

| file | what | who may have it |
|---|---|---|
| \`n*.conf\` | server configuration; holds the password of the cluster's routes | the servers |
| \`data/n*/jwt\` | account JWTs as each server knows them, with revocations | the servers |
| \`creds/<role>.creds\` | credentials of one role in account CORE | nodes with that role |
| \`creds/all.creds\` | the sum of all roles, for a process with several | that process |
| \`creds/admin.creds\` | everything in CORE, for \`nats\` and \`bun run dlq\` | the operator |
| \`creds/sys.creds\` | the system account, for \`nats server ls\` | the operator |
| \`registry.json\` | mints miners, revokes them; with the token for /v1/revoke | the registry's node |
| \`keys.json\` | seeds of all keys | nobody online: move it to a safe |

Miners get no file: they enrol at the registry and receive a token for at most an hour.

**After an upgrade of Orrery:** \`bun run nats-config --out . --update\` (with keys.json brought back for the moment) gives the
accounts the permissions of the new version; then restart the servers one at a time. Credentials stay good.

To see that discovery works: \`nats --server ${urls[0]} --creds creds/admin.creds micro ls\`.

**If a role's creds leak:** run nats-config into a new folder and change over; the old keys are worth nothing to servers
that do not know them. **If \`registry.json\` leaks:** the same, at once: its operator signing key can change every account.
A registry without that key (\`--no-revocation\`) cannot leak it; a revoked miner then stays until its token expires.
`;
}
