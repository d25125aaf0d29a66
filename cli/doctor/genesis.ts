/** Is the local chain's genesis whole? */
import { Failure } from "../../protocol/failure.ts";
import { readGenesis } from "../node/genesis.ts";
import { type Check, skipped } from "./check.ts";

export const genesis: Check = {
  name: "genesis",
  async run({ config, roles }) {
    const name = "genesis";
    if (config.network !== undefined) return skipped(name, `the chain is ${config.network}`);
    if (config.genesis === undefined && !roles.includes("registry"))
      return skipped(name, "asked for over NATS");
    try {
      const { neurons, netuid } = await readGenesis(config.genesis);
      return { name, state: "ok", detail: `netuid ${netuid}, ${neurons.length} neurons` };
    } catch (thrown) {
      const { message, hint } = Failure.from(thrown);
      return { name, state: "fail", detail: message, ...(hint === undefined ? {} : { fix: hint }) };
    }
  },
};
