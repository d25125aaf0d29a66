/** Does a node of the chain answer, is it the right chain, and would it take weights of this hotkey? */
import { openChain } from "../../chain/client/open-chain.ts";
import { loadSigner } from "../../chain/keys/index.ts";
import { nextAllowedBlock } from "../../chain/weight-setting/preflight.ts";
import { Failure } from "../../protocol/failure.ts";
import type { WeightRules } from "../../protocol/weight-setting.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { createDial } from "../../runtime/ports/web-socket.ts";
import { silentLogger } from "../terminal/cli-logger.ts";
import { type Check, type Finding, skipped } from "./check.ts";

const CONNECT_MS = 15_000;
const NAME = "chain";

export const chain: Check = {
  name: NAME,
  async run({ config, roles, clock, rng, signal }) {
    const { network, netuid } = config;
    if (network === undefined && !roles.includes("chain")) return skipped(NAME, "local: see genesis");
    if (network === "cluster") return skipped(NAME, "asked for over NATS");
    if (network === undefined) {
      return fail("role chain connects to nothing", "Name a network with --network, such as finney.");
    }
    try {
      const opened = openChain({
        ...{ network, dial: createDial(), clock, rng, log: silentLogger, metrics: createMetrics() },
      });
      try {
        await opened.connection.ready({ deadlineMs: CONNECT_MS, signal });
        const head = await opened.chain.head();
        const found: Finding = {
          ...{ name: NAME, state: "ok" },
          detail: `${opened.connection.node} is at block ${head.block}`,
        };
        const sets = roles.includes("weight-setter") || roles.includes("validator");
        if (config.hotkey === undefined || !sets) return found;
        const { hotkey } = await loadSigner(config.hotkey);
        return [found, judge(await opened.chain.weights.rules({ netuid, hotkey }), netuid)];
      } finally {
        await opened.chain.close();
      }
    } catch (thrown) {
      const { message, hint, meta } = Failure.from(thrown);
      const last = typeof meta?.last === "string" ? `: ${meta.last}` : "";
      return fail(`${message}${last}`, hint);
    }
  },
};

/** Whether the chain knows this validator; that it may not set weights yet is no reason not to start. */
function judge(rules: WeightRules, netuid: number): Finding {
  const name = "validator on chain";
  if (!rules.exists) {
    return {
      name,
      state: "fail",
      detail: `there is no subnet ${netuid}`,
      fix: "Check --netuid and --network",
    };
  }
  if (rules.uid === null) {
    const fix = "Register it first, for example with btcli subnet register";
    return { name, state: "fail", detail: `the hotkey is not registered on subnet ${netuid}`, fix };
  }
  const who = `uid ${rules.uid} of subnet ${netuid}`;
  if (!rules.permit && !rules.owner) {
    const fix = "Stake more, and wait for the end of an epoch; it can start meanwhile";
    return { name, state: "warn", detail: `${who} has no validator permit`, fix };
  }
  return { name, state: "ok", detail: `${who} may set weights from block ${nextAllowedBlock(rules)} on` };
}

const fail = (detail: string, fix: string | undefined): Finding => ({
  ...{ name: NAME, state: "fail", detail },
  ...(fix === undefined ? {} : { fix }),
});
