/** Networks by the names that Bittensor's clients use, and what a name or an address means. */
import { Failure } from "../../protocol/failure.ts";

export interface Network {
  /** In order of preference. */
  endpoints: readonly string[];
  /** Hash of block 0: a node of another chain is never used. Undefined where any chain will do. */
  genesisHash: string | undefined;
}

const NETWORKS: Readonly<Record<string, Network>> = {
  finney: {
    endpoints: ["wss://entrypoint-finney.opentensor.ai:443", "wss://lite.chain.opentensor.ai:443"],
    genesisHash: "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03",
  },
  test: {
    endpoints: ["wss://test.finney.opentensor.ai:443"],
    genesisHash: "0x8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105",
  },
  local: { endpoints: ["ws://127.0.0.1:9944"], genesisHash: undefined },
};

const MAX_ENDPOINTS = 16;

/** `finney`, `test`, `local`, or addresses with commas between them, the preferred first. Fails with `config`. */
export function networkOf(name: string): Network {
  const known = Object.hasOwn(NETWORKS, name) ? NETWORKS[name] : undefined;
  if (known !== undefined) return known;
  const endpoints = name.split(",").map((part) => part.trim());
  const bad = endpoints.find((endpoint) => !/^wss?:\/\/[^/]/.test(endpoint) || URL.parse(endpoint) === null);
  if (bad === undefined && endpoints.length <= MAX_ENDPOINTS) return { endpoints, genesisHash: undefined };
  throw new Failure("config", "there is no such network", {
    meta: { network: (bad ?? name).slice(0, 80) },
    hint: `Use ${Object.keys(NETWORKS).join(", ")}, or addresses such as ws://127.0.0.1:9944 with commas between them.`,
  });
}
