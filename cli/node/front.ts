/** The gateway's OpenAI-compatible front: who may ask it. */
import { readFile } from "node:fs/promises";
import { type AnyElysia, Elysia } from "elysia";
import type { Chain, Signer } from "../../chain/chain.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Node } from "../../runtime/node.ts";

export interface FrontOptions {
  node: Node;
  chain: Chain;
  netuid: number;
  /** Reached from this machine only. */
  loopback: boolean;
  apiKeys: string | undefined;
  signedCallers: boolean;
  signer: Signer | undefined;
}

/** How often registered hotkeys are asked for, in milliseconds. */
const METAGRAPH_MS = 12_000;
const KEY_LINE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s+sha256:([0-9a-f]{64})$/;

/** Closed where nobody is named who may ask: others could ask for anything, at the operator's cost. */
export async function openFront(options: FrontOptions): Promise<AnyElysia> {
  const { node, loopback, apiKeys, signedCallers } = options;
  if (!loopback && apiKeys === undefined && !signedCallers) return await closedFront(node);
  const [{ createFront }, { createCallers }, { followModels }, { createModelClient }] = await Promise.all([
    import("../../actors/gateway/openai/front.ts"),
    import("../../actors/gateway/openai/callers.ts"),
    import("../../actors/model/directory.ts"),
    import("../../actors/model/model-client.ts"),
  ]);
  const callers = createCallers({
    clock: node.clock,
    open: loopback && apiKeys === undefined && !signedCallers,
    ...(apiKeys === undefined ? {} : { keys: await readApiKeys(apiKeys) }),
    ...(signedCallers ? { hotkeys: await hotkeys(options) } : {}),
  });
  const directory = followModels(node);
  return createFront({ node, directory, models: createModelClient(node, directory), callers });
}

async function closedFront(node: Node): Promise<AnyElysia> {
  const { errorResponse } = await import("../../actors/gateway/openai/errors.ts");
  const closed = new Failure("unauthorised", "nobody may ask for models at this address", {
    hint: "Name who may with --api-keys FILE or --signed-callers (docs/models.md); on a loopback address anybody may.",
  });
  node.log.info("the OpenAI API is closed", { reason: closed.toLine() });
  return new Elysia({ name: "openai" }).all("/v1/*", () => errorResponse(closed), { parse: "none" });
}

/** Lines of a name and the digest of its key, as docs/models.md shows; `#` begins a comment. */
export async function readApiKeys(path: string): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new Failure("config", `the API keys cannot be read from ${path}`, {
      hint: "docs/models.md shows how to make a key, and the line for it.",
      cause,
    });
  }
  const keys = new Map<string, string>();
  for (const [at, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const [, name, digest] = KEY_LINE.exec(trimmed) ?? [];
    if (name === undefined || digest === undefined) {
      // The line itself may be a key that somebody wrote down as it is.
      throw new Failure("config", `line ${at + 1} of ${path} is not a name and a digest`, {
        hint: "docs/models.md shows how to make a key, and the line for it.",
      });
    }
    keys.set(digest, name);
  }
  return keys;
}

async function hotkeys({ node, chain, netuid, signer }: FrontOptions) {
  if (signer === undefined) {
    throw new Failure("config", "signed requests are signed for a hotkey, and this gateway has none", {
      hint: "Give it with --hotkey FILE.",
    });
  }
  const { createReplayCache } = await import("../../chain/auth/index.ts");
  let registered: ReadonlySet<string> = new Set();
  node.supervise("callers", async (signal) => {
    while (!signal.aborted) {
      const { neurons } = await chain.metagraph(netuid);
      registered = new Set(neurons.map(({ hotkey }) => hotkey));
      await node.clock.sleep(METAGRAPH_MS, signal);
    }
  });
  return {
    receiver: signer.hotkey,
    replay: createReplayCache({ clock: node.clock }),
    knows: (hotkey: string) => registered.has(hotkey),
  };
}
