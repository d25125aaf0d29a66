/** A session of the tool gateway over one provider that answers as a test says, with keys whose secret is none. */
import { ReceiptBook } from "../../protocol/receipt.ts";
import type { ToolBudget, ToolProfile } from "../../protocol/tools.ts";
import type { Blobs } from "../../runtime/ports/index.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import type { ToolCall } from "../../sandbox/tools/call.ts";
import { createToolGateway, type GatewayOptions } from "../../sandbox/tools/gateway.ts";
import type { OpenToolSession } from "../../sandbox/tools/open-session.ts";
import type { ProviderAnswer, ToolProvider } from "../../sandbox/tools/provider.ts";

export const MODEL = "openai/gpt-oss-20b";
const NEVER = new AbortController().signal;
export const BUDGET: ToolBudget = {
  ...{ nanoUsd: 50_000_000, tokens: 100_000, calls: 1_000, bytes: 30_000_000, wallMs: 300_000 },
};
export const PROFILE: ToolProfile = {
  tools: ["llm_chat", "search_web", "search_ai", "test_tool", "tooling_info"],
  models: [MODEL],
  budget: BUDGET,
};
const digestOf = (message: Uint8Array) => `0x${new Bun.CryptoHasher("sha512").update(message).digest("hex")}`;
/** Anybody can sign like this, and quickly: for what is not about keys. */
export const testSigner = {
  hotkey: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
  sign: async (message: Uint8Array) => digestOf(message),
};
export const testVerify = async (address: string, message: Uint8Array, signature: string) =>
  address === testSigner.hotkey && signature === digestOf(message);

export const found = (count: number): ProviderAnswer => ({
  response: { data: [] },
  results: Array.from({ length: count }, (_, at) => ({ url: `https://a.example/${at}`, note: `note ${at}` })),
  usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0, results: count },
});

export interface ToolWorld {
  session: OpenToolSession;
  call(tool: string, kwargs?: object, signal?: AbortSignal): Promise<Told>;
  /** Closes the session. */
  book(): Promise<ReceiptBook>;
  bytes(): Promise<Uint8Array>;
  asked: ToolCall[];
  blobs: Blobs;
}
// biome-ignore lint/suspicious/noExplicitAny: what a guest gets is JSON of either of two shapes
type Told = any;

export async function toolWorld(
  answer: (call: ToolCall, options: { signal: AbortSignal }) => ProviderAnswer | Promise<ProviderAnswer>,
  options: { profile?: Partial<ToolProfile>; parallel?: number } & Partial<GatewayOptions> = {},
): Promise<ToolWorld> {
  const { profile, parallel = 8, blobs = createMemoryBlobs(), ...rest } = options;
  const asked: ToolCall[] = [];
  const provider: ToolProvider = {
    name: "test",
    tools: ["llm_chat", "search_web", "search_ai"],
    models: [MODEL],
    parallel,
    async call(call, given) {
      asked.push(call);
      return await answer(call, given);
    },
  };
  const clock = createSystemClock();
  const gateway = createToolGateway({ clock, blobs, signer: testSigner, providers: [provider], ...rest });
  const session = await gateway.open({ session: "s-1", profile: { ...PROFILE, ...profile } });
  const bytes = async () => blobs.get((await session.close()).evidence.receipts);
  return {
    ...{ session, asked, blobs },
    async call(tool, kwargs = {}, signal = NEVER) {
      return JSON.parse(await session.call(JSON.stringify({ tool, kwargs }), { signal }));
    },
    bytes,
    book: async () => ReceiptBook.parse(JSON.parse(new TextDecoder().decode(await bytes()))),
  };
}
