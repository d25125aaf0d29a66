/** The way out for programs in isolates: sessions under budgets, and the providers that answer, each with its own queue. */
import { Failure } from "../../protocol/failure.ts";
import type { ToolName, ToolProfile } from "../../protocol/tools.ts";
import type { Blobs, Clock } from "../../runtime/ports/index.ts";
import { Turns } from "../turns.ts";
import type { OnReceipt, OpenToolSession } from "./open-session.ts";
import { DEFAULT_PRICES, type PriceBook } from "./price-book.ts";
import type { ToolProvider } from "./provider.ts";
import { type Line, lineTo } from "./provider-line.ts";
import { ReceiptChain, type ReceiptSigner } from "./receipt-chain.ts";
import { BudgetedSession } from "./session.ts";
import { bookTape, type Tape } from "./tape.ts";

export interface GatewayOptions {
  clock: Clock;
  /** Where requests, answers and receipts are kept. */
  blobs: Blobs;
  signer: ReceiptSigner;
  providers: readonly ToolProvider[];
  prices?: PriceBook;
  /** Calls that may wait for one provider, of all sessions together; default 256. */
  maxWaiting?: number;
  /** Answers of a scope, asked before any provider. With `only`, instead of any. */
  tape?: { open: (scope: string) => Tape; only: boolean };
  onReceipt?: OnReceipt;
}

export interface ToolGateway {
  /**
   * A session under a profile. Its name is part of every receipt's id, which the program sees: sessions that shall give
   * equal answers have equal names. Sessions of one scope, by default each session for itself, share what providers
   * answered where answers are recorded. Throws `config` for a profile that no provider here can keep.
   */
  open(options: { session: string; profile: ToolProfile; scope?: string }): Promise<OpenToolSession>;
  /** What it can offer: for `doctor` and for help. */
  offers(): { tools: ToolName[]; models: string[] };
  close(): Promise<void>;
}

const BOOK_TYPE = "application/json";
const OWN: readonly ToolName[] = ["test_tool", "tooling_info"];

export function createToolGateway(options: GatewayOptions): ToolGateway {
  const { clock, blobs, signer, providers, prices = DEFAULT_PRICES, maxWaiting = 256, onReceipt } = options;
  const lines = providers.map((provider) => lineTo({ provider, clock, maxWaiting }));
  const open = new Set<BudgetedSession>();
  let closed = false;

  const lineFor = (tool: ToolName, model?: string): Line | undefined =>
    lines.find(
      ({ provider }) =>
        provider.tools.includes(tool) && (model === undefined || (provider.models ?? []).includes(model)),
    );

  /** What is granted must be there: else every program would fail at it, one after the other. */
  const check = (profile: ToolProfile): void => {
    const models = profile.tools.includes("llm_chat") ? profile.models : [];
    const missing = [
      ...profile.tools.filter((tool) => !OWN.includes(tool) && lineFor(tool) === undefined),
      ...models.filter((model) => lineFor("llm_chat", model) === undefined),
      ...models.filter((model) => !Object.hasOwn(prices.models, model)).map((model) => `a price of ${model}`),
    ];
    if (missing.length === 0) return;
    throw new Failure("config", `this node has no ${missing.slice(0, 8).join(", ")}`, {
      hint: "Name a provider for it in the file that --tools gives; see docs/tools.md.",
    });
  };

  return {
    async open({ session, profile, scope = session }) {
      if (closed) throw new Failure("draining", "the tool gateway is closing");
      const replay = profile.tape === undefined ? undefined : await bookTape(blobs, profile.tape);
      const kept =
        options.tape === undefined ? undefined : { tape: options.tape.open(scope), only: options.tape.only };
      const tape = replay === undefined ? kept : { tape: replay, only: true };
      if (!tape?.only) check(profile);
      const opened = new BudgetedSession({
        ...{ session, profile, prices, clock, lineFor, tape, onReceipt },
        chain: new ReceiptChain({ session, signer, blobs, clock }),
        turns: new Turns({
          slots: profile.parallel ?? 8,
          maxWaiting: profile.budget.calls,
          what: "a tool call of the same session",
        }),
        keep: (book) => {
          open.delete(opened);
          return blobs.put(book, { mediaType: BOOK_TYPE });
        },
      });
      open.add(opened);
      return opened;
    },
    offers: () => ({
      tools: [...new Set([...OWN, ...providers.flatMap(({ tools }) => tools)])],
      models: [...new Set(providers.flatMap(({ models = [] }) => models))].filter((model) =>
        Object.hasOwn(prices.models, model),
      ),
    }),
    async close() {
      closed = true;
      await Promise.allSettled([...open].map((session) => session.close()));
      await Promise.allSettled(providers.map((provider) => provider.close?.()));
    },
  };
}
