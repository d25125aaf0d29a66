/** A whole round whose programs use tools: validator, sandbox and scorer, real isolates, real signatures, a corpus. */
import { expect, test } from "bun:test";
import { z } from "zod";
import { ALL_ROLES } from "../../actors/all-roles.ts";
import { bootNode } from "../../actors/boot-node.ts";
import { getJson } from "../../actors/json-blob.ts";
import { prepareSubnet } from "../../actors/loaded-subnet.ts";
import { startRoles } from "../../actors/start-roles.ts";
import { signerFromUri, verifySignature } from "../../chain/keys/index.ts";
import { createLocalChain } from "../../chain/local/local-chain.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { openLedger } from "../../ledger/open.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { defineSubnet, programTask } from "../../protocol/subnet.ts";
import { ToolReceiptDetail } from "../../protocol/tools.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import { corpusProvider } from "../../sandbox/tools/providers/corpus.ts";
import { verifyReceipts } from "../../sandbox/tools/verify-receipts.ts";
import { eventsOf } from "../cluster/round.ts";
import { provisionWasmtime } from "../provision/isolates.ts";

const Answer = z.object({ text: z.string(), citations: z.array(z.object({ result_id: z.string() })) });

/** Right is who answers with what the corpus says, and cites where it really found it. */
const facts = prepareSubnet(
  defineSubnet({
    name: "facts",
    version: 1,
    summary: "Answers questions from a corpus, with citations.",
    params: z.object({}),
    kinds: {
      fact: programTask({
        public: z.object({ question: z.string() }),
        sealed: z.object({ answer: z.string() }),
        run: ({ public: { question } }) => ({
          call: "query",
          cases: [{ text: question }],
          tools: {
            tools: ["search_web", "fetch_page"],
            models: [],
            budget: { nanoUsd: 10_000_000, tokens: 0, calls: 10, bytes: 4_000_000, wallMs: 60_000 },
          },
        }),
        score({ task: { sealed }, cases, tools }) {
          const found = (tools?.receipts ?? []).flatMap(({ kind, detail }) =>
            kind.startsWith("tool.") ? ToolReceiptDetail.parse(detail).results : [],
          );
          const given = Answer.safeParse(cases[0]?.output).data;
          const right = given?.text.includes(sealed.answer) ?? false;
          const cited = given?.citations.some((each) =>
            found.some((one) => one.result_id === each.result_id),
          );
          const accuracy = right && cited === true ? 1 : 0;
          return { outcome: accuracy === 1 ? "ok" : "wrong", accuracy, reward: accuracy };
        },
      }),
    },
    draw: () => [
      {
        id: "moon",
        kind: "fact" as const,
        public: { question: "How long does the Moon take?" },
        sealed: { answer: "27.3 days" },
      },
    ],
    rank: (previous) => previous,
    weigh: () => new Map(),
  }),
  { params: {} },
);

const honest = `
from caster_miner_sdk.api import fetch_page, search_web
from caster_miner_sdk.decorators import entrypoint

@entrypoint("query")
async def query(request):
    found = await search_web(request.text, num=1)
    page = await fetch_page(found.results[0].url)
    return {"text": page.response.data[0].content, "citations": [{"result_id": page.results[0].result_id}]}
`;
/** Knows the answer and makes up where it comes from. */
const inventive = `
from caster_miner_sdk.decorators import entrypoint

@entrypoint("query")
async def query(request):
    return {"text": "27.3 days", "citations": [{"result_id": "0" * 32}]}
`;

test("programs search and cite under a budget; receipts decide what was really found, and anyone can check them", async () => {
  const clock = createSystemClock();
  const network = createMemoryNetwork({ clock, revision: clock.now() });
  const [alice, bob, charlie] = await Promise.all(["//Alice", "//Bob", "//Charlie"].map(signerFromUri));
  const chain = createLocalChain({
    clock,
    genesis: {
      ...{ seed: "facts", startAt: clock.now(), blockTimeMs: 1_000, tempo: 20, weightsRateLimit: 5 },
      neurons: [alice!, bob!, charlie!].map(({ hotkey }, uid) => ({
        hotkey,
        coldkey: hotkey,
        stake: uid === 0 ? 1_000 : 0,
      })),
    },
  });
  const ledger = await openLedger(":memory:", { clock });
  const blobs = createMemoryBlobs();
  const boot = (name: string, roles: Parameters<typeof startRoles>[1]) => {
    const transport = network.connect({ name });
    const ports = {
      clock,
      rng: createSystemRng(),
      transport,
      spawn: createBunSpawn({ clock }),
      store: createMemoryStore(),
    };
    return bootNode({ name, net: "t", roles, ports: { ...ports, blobs }, log: silentLogger }).node;
  };
  const common = { subnet: facts, netuid: 1, chain, validator: { roundBlocks: 1_000, rounds: 1 } };
  const nodes = await Promise.all(
    Object.entries({ honest, inventive }).map(async ([name, source]) => {
      const node = boot(name, ["miner"]);
      const program = { runtime: "python" as const, entry: "agent.py", files: { "agent.py": source } };
      const signer = name === "honest" ? bob! : charlie!;
      await startRoles(ALL_ROLES, ["miner"], {
        ...common,
        node,
        signer,
        miner: { program: async () => program },
      });
      return node;
    }),
  );
  const roles = ["validator", "sandbox", "scorer"] as const;
  const operator = boot("operator", roles);
  nodes.push(operator);
  const corpus = corpusProvider([
    '{"url":"https://a.example/moon","title":"The Moon","text":"The Moon orbits the Earth in 27.3 days."}',
  ]);
  const isolates = { backend: await provisionWasmtime(), slots: 2 };
  try {
    await startRoles(ALL_ROLES, roles, {
      ...{ ...common, node: operator, ledger, signer: alice!, isolates },
      tools: { signer: alice!, providers: [corpus] },
    });
    const concluded = await eventsOf(ledger, "job.concluded", 2, 60_000);
    const outcomes = Object.fromEntries(concluded.map(({ uid, outcome }) => [uid, outcome]));
    expect(outcomes).toEqual({ 1: "ok", 2: "wrong" });
    const { evidence } = concluded.find(({ uid }) => uid === 1)!;
    const { observed } = await getJson(blobs, evidence!, Evidence);
    if (observed.type !== "program" || observed.tools === undefined) throw new Error("tools were used");
    expect(observed.tools).toMatchObject({ calls: 2, failed: 0, spent: { nanoUsd: 3_000_000 } });
    const book = await blobs.get(observed.tools.receipts);
    expect(await verifyReceipts(book, { verify: verifySignature, signer: alice!.hotkey })).toMatchObject({
      ...{ ok: true, calls: 2, signer: alice!.hotkey },
    });
  } finally {
    await Promise.all(nodes.map((node) => node.drain()));
    await ledger.close();
  }
}, 90_000);
