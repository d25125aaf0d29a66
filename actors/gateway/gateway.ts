/** The gateway role: follows the ledger and the nodes' heartbeats, and offers both over HTTP. */
import type { Ledger } from "../../ledger/ledger.ts";
import { Nodes } from "../../protocol/services/node.ts";
import type { Node } from "../../runtime/node.ts";
import { followLedger } from "../follow-ledger.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { createApi } from "./api.ts";
import { createChanges } from "./changes.ts";
import { createReadModel } from "./read-model.ts";
import { replay } from "./replay.ts";

export interface GatewayOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
  /** Names for people, by hotkey. */
  names?: ReadonlyMap<string, string>;
}

/** Starts following; the returned app is served by the node's HTTP listener. */
export function startGateway({ node, subnet, ledger, names }: GatewayOptions) {
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
  const heard = node.client(Nodes).report.subscribe((report) => {
    model.hear(report);
    changes.touch();
  });
  node.onDrain("close", "gateway", async () => heard.unsubscribe());
  return createApi({ model, blobs, clock, changes, log, signal: node.signal });
}
