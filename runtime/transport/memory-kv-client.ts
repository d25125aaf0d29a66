/** The client's view of the key-value store of a memory network. */
import { BROKER, type BrokerLink, type MemoryHub } from "./memory-hub.ts";
import type { KeyValue } from "./transport.ts";

/** The key-value store as one connection reaches it. */
export function remoteKeyValue(connection: BrokerLink, network: MemoryHub): KeyValue {
  const kv = network.keyValue;
  return {
    get: (key) => connection.askBroker(() => kv.get(key)),
    create: (key, value) => connection.askBroker(() => kv.create(key, value)),
    update: (key, value, revision) => connection.askBroker(() => kv.update(key, value, revision)),
    delete: (key, revision) => connection.askBroker(() => kv.delete(key, revision)),
    keys: (prefix) => connection.askBroker(() => kv.keys(prefix)),
    watch(key, listener) {
      let open = true;
      const stop = kv.watch(key, (entry) =>
        network.pass(BROKER, connection.name, () => connection.hear(() => void (open && listener(entry)))),
      );
      const closing = connection.onClose(() => end());
      const end = () => {
        open = false;
        stop();
        closing.unsubscribe();
      };
      return { unsubscribe: end };
    },
  };
}
