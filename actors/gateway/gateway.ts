/** The gateway role: follows the ledger and the nodes' heartbeats, and offers both over HTTP. */
import type { Ledger } from "../../ledger/ledger.ts";
import { Nodes } from "../../protocol/services/node.ts";
import type { Node } from "../../runtime/node.ts";
import { followLedger } from "../follow-ledger.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { createApi } from "./api.ts";
import { createChanges } from "./changes.ts";
import { createReadModel } from "./read-model.ts";

export interface GatewayOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
  /** Names for people, by hotkey. */
  names?: ReadonlyMap<string, string>;
}

/** Starts following; the returned app is served by the node's HTTP listener. */
export function startGateway({ node, subnet, ledger, names }: GatewayOptions) {
  const model = createReadModel({ node, subnet, ...(names === undefined ? {} : { names }) });
  const changes = createChanges();
  let after = 0;
  node.supervise("gateway", async (signal) => {
    const events = followLedger({ ledger, clock: node.clock, after, subnet: subnet.definition.name, signal });
    for await (const event of events) {
      model.apply(event);
      after = event.seq;
      changes.touch();
    }
  });
  const heard = node.client(Nodes).report.subscribe((report) => {
    model.report(report);
    changes.touch();
  });
  node.onDrain("close", "gateway", async () => heard.unsubscribe());
  return createApi({ model, blobs: node.blobs, clock: node.clock, changes });
}
