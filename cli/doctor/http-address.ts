/** Is the address free at which the node would serve /health, /ready and /metrics? */
import { type Check, skipped } from "./check.ts";

export const httpAddress: Check = {
  name: "http address",
  async run({ config, roles }) {
    const address = config.http ?? (roles.includes("gateway") ? "127.0.0.1:7070" : undefined);
    if (address === undefined) return skipped("http address", "the node serves no HTTP; see --http");
    const at = address.lastIndexOf(":");
    try {
      const hostname = address.slice(0, at).replace(/^\[|\]$/g, "");
      Bun.listen({ hostname, port: Number(address.slice(at + 1)), socket: { data() {} } }).stop(true);
      return { name: "http address", state: "ok", detail: `${address} is free` };
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
      return {
        name: "http address",
        state: "fail",
        detail: `${address} cannot be listened on: ${code}`,
        fix: "Choose another with --http, or stop the process that uses it (a node that runs already is one).",
      };
    }
  },
};
