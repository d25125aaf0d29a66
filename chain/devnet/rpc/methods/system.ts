/** `system_*`, `rpc_methods`: who answers here, and the next nonce of an account. */
import { type Methods, method } from "../method.ts";
import { account } from "../params.ts";

const PROPERTIES = { isEthereum: false, ss58Format: 42, tokenDecimals: 9, tokenSymbol: "TAO" };
/** Well formed, and of no peer: the devnet has none. */
const PEER_ID = "12D3KooWDevnetDevnetDevnetDevnetDevnetDevnetDevnet11";

const nextIndex = method({ account }, (params, { node }) => node.nextNonce(params.account));

export const systemMethods: Methods = {
  rpc_methods: method({}, (_, { methodNames }) => ({ version: 1, methods: methodNames() })),
  system_name: method({}, () => "Orrery devnet"),
  system_version: method({}, (_, { node }) => {
    const { specVersion, transactionVersion } = node.runtimeVersion();
    return `${specVersion}.${transactionVersion}-orrery`;
  }),
  system_chain: method({}, (_, { node }) => node.chainName),
  system_chainType: method({}, () => "Local"),
  system_properties: method({}, () => PROPERTIES),
  system_health: method({}, () => ({ peers: 0, isSyncing: false, shouldHavePeers: false })),
  system_peers: method({}, () => []),
  system_localPeerId: method({}, () => PEER_ID),
  system_localListenAddresses: method({}, () => []),
  system_nodeRoles: method({}, () => ["Authority"]),
  system_syncState: method({}, (_, { node }) => {
    const { number } = node.head();
    return { startingBlock: 0, currentBlock: number, highestBlock: number };
  }),
  system_accountNextIndex: nextIndex,
  account_nextIndex: nextIndex,
};
