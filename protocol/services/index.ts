/** Every service of the network: subjects, permissions, docs and golden files are generated from this list. */
import type { Service } from "../service.ts";
import { Blobs } from "./blobs.ts";
import { Chain } from "./chain.ts";
import { ChainRpc } from "./chain-rpc.ts";
import { Miner } from "./miner.ts";
import { Models } from "./model.ts";
import { Nodes } from "./node.ts";
import { Sandbox } from "./sandbox.ts";
import { Scorer } from "./scorer.ts";

export const SERVICES: readonly Service[] = [Blobs, Chain, ChainRpc, Miner, Models, Nodes, Sandbox, Scorer];
