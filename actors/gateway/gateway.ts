/** The gateway role: follows the ledger and what nodes and models say of themselves, and offers it over HTTP. */
import type { Chain } from "../../chain/chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { Models } from "../../protocol/services/model.ts";
import { Nodes } from "../../protocol/services/node.ts";
import type { Node } from "../../runtime/node.ts";
import { followLedger } from "../follow-ledger.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { createApi } from "./api.ts";
import { createChanges } from "./changes.ts";
import { followOnChain } from "./on-chain.ts";
import { createReadModel } from "./read-model.ts";
import { replay } from "./replay.ts";

export interface GatewayOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
  /** Names for people, by hotkey. */
  names?: ReadonlyMap<string, string>;
  /** What the chain says is shown beside what the ledger does. */
  onChain?: { chain: Chain; netuid: number };
}

/** Starts following; the returned app is served by the node's HTTP listener. */
export function startGateway({ node, subnet, ledger, names, onChain }: GatewayOptions) {
  const { clock, net, blobs, log } = node;
  const model = createReadModel({ net, clock, subnet, ...(names === undefined ? {} : { names }) });
  const changes = createChanges();
  const name = subnet.definition.name;
  node.supervise("gateway", async (signal) => {
    await replay({ ledger, clock, subnet: name, model, onProgress: changes.touch, signal });
    for await (const event of followLedger({ ledger, clock, after: model.seq, subnet: name, signal })) {
      model.apply(event);
      changes.touch();
    }
  });
  if (onChain !== undefined) {
    node.supervise("gateway-chain", (signal) =>
      followOnChain({
        ...{ node, ...onChain, signal, names: names ?? new Map() },
        see(view) {
          model.see(view);
          changes.touch();
        },
      }),
    );
  }
  const heard = node.client(Nodes).report.subscribe((report) => {
    model.hear(report);
    changes.touch();
  });
  const models = node.client(Models).report.subscribe((report) => {
    model.hearModel(report);
    changes.touch();
  });
  node.onDrain("close", "gateway", async () => {
    heard.unsubscribe();
    models.unsubscribe();
  });
  return createApi({ model, blobs, clock, changes, log, signal: node.signal });
}
