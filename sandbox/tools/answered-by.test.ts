import { describe, expect, test } from "bun:test";
import { scriptedCard } from "../../models/scripted/card.ts";
import { canonicalJson, digest } from "../../protocol/canonical.ts";
import { type ReceiptBook, receiptDigest, receiptMessage } from "../../protocol/receipt.ts";
import { ToolReceiptDetail } from "../../protocol/tools.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { MODEL, PROFILE, testSigner, testVerify, toolWorld } from "../../test/support/tool-world.ts";
import { type Answering, answeringModel, MAX_CARDS } from "./answered-by.ts";
import { cardsOf, verifyReceipts } from "./verify-receipts.ts";

const card = (seed = 1) => scriptedCard({ id: "small", seed, contextLength: 100 });
const USAGE = { promptTokens: 2, completionTokens: 1, reasoningTokens: 0, results: 0 };
const answered = (answering?: Answering) => ({ response: "hello", results: [], usage: USAGE, answering });
const chat = (content = "hi") => ({ model: MODEL, messages: [{ role: "user", content }] });
const namedIn = ({ receipts }: ReceiptBook) =>
  receipts.slice(1, -1).map(({ detail }) => ToolReceiptDetail.parse(detail).answeredBy);
const never = () => {
  throw new Error("a provider was asked");
};

describe("receipts of a model's answers", () => {
  test("name its card by the digest, and show it once for all calls", async () => {
    const world = await toolWorld(() => answered(answeringModel(card())));
    await world.call("llm_chat", chat());
    await world.call("llm_chat", chat());
    const book = await world.book();
    const by = { source: "weights", model: "small", card: digest(card()) } as const;
    expect(namedIn(book)).toEqual([by, by]);
    expect(cardsOf(book)).toEqual([card()]);
    expect(canonicalJson(book).split(card().summary)).toHaveLength(2);
    expect(await verifyReceipts(await world.bytes(), { verify: testVerify })).toMatchObject({ ok: true });
  });

  test("tell apart what a server or its operator only says", async () => {
    const hosted = answeringModel({ ...card(), backend: "openai (vllm)", weights: null });
    const said: Answering = { source: "server", model: "gpt-oss-20b", fingerprint: "fp_1" };
    const answers = [hosted, said];
    const world = await toolWorld(() => answered(answers.shift()));
    await world.call("llm_chat", chat("a"));
    await world.call("llm_chat", chat("b"));
    expect(namedIn(await world.book())).toMatchObject([{ source: "server", model: "small" }, said]);
  });

  test("are the same when a tape answers, and cost a program nothing more than without a card", async () => {
    const blobs = createMemoryBlobs();
    const live = await toolWorld(() => answered(answeringModel(card())), { blobs });
    const told = await live.call("llm_chat", chat());
    const { receipts, spent } = (await live.session.close()).evidence;
    const again = await toolWorld(never, { blobs, profile: { ...PROFILE, tape: receipts } });
    expect(JSON.stringify(await again.call("llm_chat", chat()))).toBe(JSON.stringify(told));
    expect([namedIn(await again.book()), cardsOf(await again.book())]).toEqual([
      namedIn(await live.book()),
      [card()],
    ]);
    const plain = await toolWorld(() => answered());
    await plain.call("llm_chat", chat());
    expect((await plain.session.close()).evidence.spent).toEqual(spent);
  });

  test("show so many cards and no more, however often a model changes", async () => {
    let seed = 0;
    const world = await toolWorld(() => answered(answeringModel(card(seed++))));
    for (let each = 0; each < MAX_CARDS + 3; each++) await world.call("llm_chat", chat(`${each}`));
    expect(cardsOf(await world.book())).toHaveLength(MAX_CARDS);
    expect(namedIn(await world.book()).at(-1)).toEqual({ source: "weights", model: "small" });
    expect(await verifyReceipts(await world.bytes(), { verify: testVerify })).toMatchObject({ ok: true });
  });

  test("that were signed again with another card are wrong", async () => {
    const world = await toolWorld(() => answered(answeringModel(card())));
    await world.call("llm_chat", chat());
    const book = await world.book();
    const { sizes } = ToolReceiptDetail.parse(book.receipts[1]!.detail);
    const [request, response] = [book.receipts[1]!.request, book.receipts[1]!.response!];
    const text = async (sha256: string) =>
      sha256 === request || sha256 === response
        ? world.blobs.get({ sha256, size: sha256 === request ? sizes.request : sizes.response })
        : undefined;
    const verdict = async (change: (book: ReceiptBook) => void) => {
      const changed = structuredClone(book);
      change(changed);
      let prev = "0".repeat(64);
      for (const receipt of changed.receipts) {
        receipt.prev = prev;
        receipt.signature = await testSigner.sign(receiptMessage(receipt));
        prev = receiptDigest(receipt);
      }
      const bytes = new TextEncoder().encode(canonicalJson(changed));
      return await verifyReceipts(bytes, { verify: testVerify, text });
    };
    const close = (of: ReceiptBook) => of.receipts[2]!.detail as { cards: unknown[] };
    const call = (of: ReceiptBook) => of.receipts[1]!.detail as { answeredBy: { card: string } };
    expect(await verdict((of) => (close(of).cards = []))).toMatchObject({
      ok: false,
      receipt: 1,
      reason: expect.stringContaining("the session's end does not show"),
    });
    const other = (of: ReceiptBook) => {
      close(of).cards = [card(2)];
      call(of).answeredBy.card = digest(card(2));
    };
    expect(await verdict(other)).toMatchObject({
      ok: false,
      receipt: 1,
      reason: "it tells another model than its answer",
    });
  });
});
