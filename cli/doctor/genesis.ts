/** Is the local chain's genesis whole, and does it know this hotkey? */
import { Genesis } from "../../chain/local/genesis.ts";
import { type Check, skipped } from "./check.ts";

export const genesis: Check = {
  name: "genesis",
  async run({ config, roles }) {
    const name = "genesis";
    const fix = "docs/operating.md shows one.";
    if (config.genesis === undefined) {
      if (!roles.includes("registry")) return skipped(name, "asked for over NATS");
      return { name, state: "fail", detail: "the registry hosts the local chain and is given none", fix };
    }
    const text = await Bun.file(config.genesis)
      .json()
      .catch(() => undefined);
    const parsed = Genesis.safeParse(text);
    if (parsed.success) {
      const { neurons, netuid } = parsed.data;
      return { name, state: "ok", detail: `netuid ${netuid}, ${neurons.length} neurons` };
    }
    const issue = parsed.error.issues[0];
    const detail =
      text === undefined
        ? `${config.genesis} is no readable JSON`
        : `${issue?.path.join(".")}: ${issue?.message}`;
    return { name, state: "fail", detail, fix };
  },
};
