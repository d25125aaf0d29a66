/** Starts the roles of a node in an order in which each finds what it needs. */
import type { Chain, Signer } from "../chain/chain.ts";
import type { Rpc } from "../chain/client/rpc.ts";
import type { LocalChain } from "../chain/local/local-chain.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { Failure } from "../protocol/failure.ts";
import type { Role } from "../protocol/role.ts";
import type { Node } from "../runtime/node.ts";
import type { IsolateBackend } from "../sandbox/isolate.ts";
import type { serveChain, shareChain } from "./chain/serve-chain.ts";
import type { LoadedSubnet } from "./loaded-subnet.ts";
import type { MinerOptions, startMiner } from "./miner/miner.ts";
import { patiently } from "./patiently.ts";
import type { startSandbox } from "./sandbox/sandbox.ts";
import type { ToolParts } from "./sandbox/tool-sessions.ts";
import type { startScorer } from "./scorer/scorer.ts";
import type { startValidator, ValidatorOptions } from "./validator/validator.ts";
import type { startWeightSetter } from "./weight-setter/weight-setter.ts";

/** What the roles of one node share. A role that lacks what it needs refuses to start, and says what. */
export interface RoleParts {
  node: Node;
  subnet: LoadedSubnet;
  netuid: number;
  /** For roles that look at it: not the scorer, the sandbox and the model. */
  chain?: Chain;
  /** Set where this node hosts a local chain for others. */
  hostedChain?: LocalChain;
  /** Set where this node's connection to the chain is shared with others. */
  sharedRpc?: Rpc;
  /** Told to the chain with weights, in place of the mechanism's version. */
  versionKey?: number;
  ledger?: Ledger;
  signer?: Signer;
  isolates?: { backend: IsolateBackend; slots: number };
  /** For programs that may call tools. */
  tools?: ToolParts;
  validator: Pick<ValidatorOptions, "roundBlocks" | "rounds" | "intakePatienceMs">;
  miner?: Pick<MinerOptions, "program" | "answer" | "models">;
}

/**
 * The code of the roles. Given, not imported: a node loads what it starts and no more, and a simulation has it all before its
 * clock begins to run (`all-roles.ts`).
 */
export interface RoleCode {
  chain?: { serveChain: typeof serveChain; shareChain: typeof shareChain };
  sandbox?: { startSandbox: typeof startSandbox };
  scorer?: { startScorer: typeof startScorer };
  miner?: { startMiner: typeof startMiner };
  validator?: { startValidator: typeof startValidator };
  weightSetter?: { startWeightSetter: typeof startWeightSetter };
}

export async function startRoles(code: RoleCode, roles: readonly Role[], parts: RoleParts): Promise<void> {
  const { node, subnet, netuid } = parts;
  if (parts.hostedChain !== undefined || parts.sharedRpc !== undefined) {
    const { serveChain, shareChain } = loaded(code.chain);
    if (parts.hostedChain !== undefined) await serveChain(node, parts.hostedChain);
    if (parts.sharedRpc !== undefined)
      await shareChain(node, need(parts.chain, "chain", "a chain"), parts.sharedRpc);
  }
  const has = (role: Role) => roles.includes(role);
  if (has("sandbox")) {
    const { startSandbox } = loaded(code.sandbox);
    await startSandbox({
      ...{ node, tools: parts.tools },
      ...need(parts.isolates, "sandbox", "a back end for isolates"),
    });
  }
  if (has("scorer")) {
    const { startScorer } = loaded(code.scorer);
    await startScorer({ node, subnet, ledger: need(parts.ledger, "scorer", "a ledger") });
  }
  if (has("miner")) {
    const { startMiner } = loaded(code.miner);
    await startMiner({ node, uid: await ownUid(parts, "miner"), ...parts.miner });
  }
  if (has("validator")) {
    const ledger = need(parts.ledger, "validator", "a ledger");
    const uid = await ownUid(parts, "validator");
    const { startValidator } = loaded(code.validator);
    const chain = need(parts.chain, "validator", "a chain");
    await startValidator({ node, subnet, ledger, chain, netuid, uid, ...parts.validator });
  }
  if (has("weight-setter")) {
    const ledger = need(parts.ledger, "weight-setter", "a ledger");
    const signer = need(parts.signer, "weight-setter", "a hotkey");
    const chain = need(parts.chain, "weight-setter", "a chain");
    const { versionKey } = parts;
    const { startWeightSetter } = loaded(code.weightSetter);
    await startWeightSetter({
      ...{ node, subnet, ledger, chain, netuid, signer },
      ...(versionKey === undefined ? {} : { versionKey }),
    });
  }
}

/** The uid that the chain knows this node's hotkey by. */
async function ownUid({ node, netuid, ...parts }: RoleParts, role: Role): Promise<number> {
  const { hotkey } = need(parts.signer, role, "a hotkey");
  const chain = need(parts.chain, role, "a chain");
  const { neurons } = await patiently(
    { clock: node.clock, log: node.log, signal: node.signal, what: "the metagraph" },
    () => chain.metagraph(netuid),
  );
  const neuron = neurons.find((candidate) => candidate.hotkey === hotkey);
  if (neuron !== undefined) return neuron.uid;
  throw new Failure("unauthorised", `hotkey ${hotkey} is not registered on subnet ${netuid}`, {
    hint: "Register it on chain, or add it to the genesis of the local chain.",
  });
}

function need<T>(part: T | undefined, role: Role, what: string): T {
  if (part !== undefined) return part;
  throw new Failure("config", `role ${role} needs ${what}`, {
    hint: "See --help for the option that gives it.",
  });
}

function loaded<T>(code: T | undefined): T {
  if (code === undefined) throw new Failure("defect", "a role is started whose code was not loaded");
  return code;
}
