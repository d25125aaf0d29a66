import { describe, expect, test } from "bun:test";
import { canonicalJson } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import { type Receipt, type ReceiptBook, receiptDigest, receiptMessage } from "../../protocol/receipt.ts";
import {
  found,
  MODEL,
  type ToolWorld,
  testSigner,
  testVerify,
  toolWorld,
} from "../../test/support/tool-world.ts";
import { verifyReceipts } from "./verify-receipts.ts";

const MESSAGES = [{ role: "user", content: "hi" }];
const USAGE = { promptTokens: 12, completionTokens: 5, reasoningTokens: 2, results: 0 };

/** A session with an answer, a failure, a refusal and a model's answer. */
async function used(): Promise<ToolWorld> {
  const world = await toolWorld((call) => {
    if (call.tool === "search_web") throw new Failure("provider", "down", { retryable: false });
    return call.tool === "llm_chat" ? { response: "hello", results: [], usage: USAGE } : found(2);
  });
  await world.call("search_ai", { prompt: "p", tools: ["web"] });
  await world.call("search_web", { query: "q" });
  await world.call("shell");
  await world.call("llm_chat", { model: MODEL, messages: MESSAGES });
  return world;
}

const options = { verify: testVerify };
const bytesOf = (book: ReceiptBook) => new TextEncoder().encode(canonicalJson(book));

/** What somebody who has the key could write: the chain is right again, whatever it says. */
async function resigned(receipts: readonly Receipt[]): Promise<ReceiptBook> {
  let prev = "0".repeat(64);
  const signed: Receipt[] = [];
  for (const [seq, receipt] of receipts.entries()) {
    const unsigned = { ...receipt, seq, prev };
    signed.push({ ...unsigned, signature: await testSigner.sign(receiptMessage(unsigned)) });
    prev = receiptDigest(signed.at(-1)!);
  }
  return { version: 1, session: "s-1", receipts: signed };
}

describe("receipts", () => {
  test("of a session hold: chain, signatures, prices, sums, and every request and answer", async () => {
    const { bytes, blobs, book } = await used();
    const { receipts } = await book();
    const sizes = new Map(
      receipts.flatMap(({ request, response, detail }) => {
        const { sizes: size } = detail as { sizes?: { request: number; response: number } };
        return size === undefined
          ? []
          : [[request, size.request] as const, [response, size.response] as const];
      }),
    );
    const text = (sha256: string) => blobs.get({ sha256, size: sizes.get(sha256)! });
    expect(await verifyReceipts(await bytes(), { ...options, text })).toEqual({
      ok: true,
      session: "s-1",
      signer: testSigner.hotkey,
      calls: 4,
      failed: 2,
      spent: { nanoUsd: 8_000_000 + 12 * 250 + 5 * 2_000, tokens: 17, bytes: expect.any(Number) },
      texts: 5,
    });
  });

  test("show every changed byte, and name where it is", async () => {
    const file = await (await used()).bytes();
    const text = new TextDecoder().decode(file);
    const starts = [...text.matchAll(/\{"at":/g)].map(({ index }) => index);
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at]! ^= 1;
      const verdict = await verifyReceipts(changed, options);
      expect([at, verdict.ok]).toEqual([at, false]);
      if (verdict.ok || verdict.receipt === null) continue;
      // The first receipt that is wrong is the changed one, or the one whose link to it is broken.
      const inside = starts.filter((start) => start <= at).length - 1;
      expect(verdict.receipt).toBeLessThanOrEqual(Math.max(0, inside));
    }
  }, 60_000);

  test("show what is missing, added, repeated or out of order", async () => {
    const book = await (await used()).book();
    const { receipts } = book;
    const swapped = [...receipts];
    [swapped[1], swapped[2]] = [swapped[2]!, swapped[1]!];
    const torn: Record<string, readonly Receipt[]> = {
      "the first": receipts.slice(1),
      "one in between": receipts.filter(({ seq }) => seq !== 2),
      "the last": receipts.slice(0, -1),
      "one twice": [...receipts.slice(0, 2), receipts[1]!, ...receipts.slice(2)],
      swapped,
    };
    for (const [what, left] of Object.entries(torn)) {
      const verdict = await verifyReceipts(bytesOf({ ...book, receipts: [...left] }), options);
      expect([what, verdict.ok]).toEqual([what, false]);
    }
  });

  test("of somebody else's key are not those of the signer asked for", async () => {
    const file = await (await used()).bytes();
    const other = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
    expect(await verifyReceipts(file, { ...options, signer: other })).toMatchObject({
      ok: false,
      receipt: 0,
    });
  });

  const lies: [string, (receipts: Receipt[]) => void, RegExp][] = [
    [
      "a lower price",
      ([, call]) => (call!.cost!.nanoUsd = 1),
      /charges 1 where prices and usage make 8000000/,
    ],
    ["no end", (receipts) => void receipts.pop(), /does not close the session/],
    ["no beginning", (receipts) => void receipts.shift(), /does not open the session/],
    ["fewer calls in the sums", (receipts) => void receipts.splice(2, 1), /its sums .* are not those/],
    ["another grant than it was", ([open]) => (open!.request = "1".repeat(64)), /digest of the grant/],
    ["two failures", (receipts) => (receipts[2]!.failure = "timeout"), /two different failures/],
    [
      "more spent than granted",
      ([open, call]) => {
        const { profile } = open!.detail as { profile: { budget: { bytes: number } } };
        profile.budget.bytes = 1;
        call!.cost!.bytes = 2;
        open!.request = new Bun.CryptoHasher("sha256").update(canonicalJson(profile)).digest("hex");
      },
      /more bytes than its budget/,
    ],
  ];
  test.each(lies)("signed again with %s are still wrong", async (_, lie, reason) => {
    const { receipts } = structuredClone(await (await used()).book());
    lie(receipts);
    const verdict = await verifyReceipts(bytesOf(await resigned(receipts)), options);
    expect(verdict).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });

  test("name the request or answer that is missing or was changed", async () => {
    const { bytes, book } = await used();
    const { receipts } = await book();
    const changed = { ...options, text: async () => new TextEncoder().encode("{}") };
    expect(await verifyReceipts(await bytes(), changed)).toMatchObject({
      ...{ ok: false, receipt: 1 },
      reason: expect.stringContaining(`request ${receipts[1]!.request} was changed`),
    });
    const missing = { ...options, text: async () => undefined };
    expect(await verifyReceipts(await bytes(), missing)).toMatchObject({
      ...{ ok: false, receipt: 1 },
      reason: expect.stringContaining("is missing"),
    });
  });

  test("that are no receipts at all are said to be none", async () => {
    for (const text of ["", "{", "[]", '{"receipts":[]}', "null", " {}", '{"a":1,"a":2}']) {
      const verdict = await verifyReceipts(new TextEncoder().encode(text), options);
      expect([text, verdict.ok]).toEqual([text, false]);
    }
    expect(await verifyReceipts(Uint8Array.of(0xff, 0xfe), options)).toMatchObject({ receipt: null });
  });
});
