/** Long texts between a validator's public content and a miner: only what was shown, whole, resumed, checked. */
import { expect, test } from "bun:test";
import type { BlobRef } from "../../protocol/blob.ts";
import { sha256 } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import { implement } from "../../protocol/service.ts";
import { Blobs } from "../../protocol/services/blobs.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { World } from "../../runtime/simulation/world.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { bootNode } from "../boot-node.ts";
import { createPublicContent, type PublicContent } from "../validator/public-content.ts";
import { type ContentSource, readBlob, readText } from "./content.ts";

const VALIDATOR = 7;
type Read = (blob: BlobRef, offset: number) => AsyncIterable<Uint8Array>;

/** A validator that serves its public content, or what the test wants, and a miner's view of it. */
async function setup(read?: Read) {
  const world = new World({ seed: "content" });
  const log = keptLog();
  let content: PublicContent | undefined;
  let source: ContentSource | undefined;
  const blobs = createMemoryBlobs();
  world.node("validator", async (ports) => {
    const { node } = bootNode({ name: "validator", net: "n", roles: ["validator"], ports, log });
    content = createPublicContent(blobs);
    const raw = read && implement(Blobs, { read: ({ blob, offset }) => read(blob, offset) });
    await node.serve(raw ?? content.implementation, { key: String(VALIDATOR) });
  });
  world.node("miner", async (ports) => {
    const { node } = bootNode({ name: "miner", net: "n", roles: ["miner"], ports, log });
    const { signal } = node;
    source = {
      services: node,
      validator: VALIDATOR,
      context: { signal, deadline: ports.clock.now() + 600_000 } as ContentSource["context"],
    };
  });
  await world.advance(1_000);
  const within = async <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => {});
    await world.advance(60_000);
    return work;
  };
  const code = (work: Promise<unknown>) =>
    within(work).then(
      () => "ok",
      (thrown: unknown) => Failure.from(thrown).code,
    );
  return { content: content as PublicContent, source: source as ContentSource, blobs, within, code };
}

const LONG = "long ".repeat(200_000);
const refOf = (text: string): BlobRef => ({ sha256: sha256(text), size: text.length });

test("short text travels inline, long text by reference, and both arrive in order", async () => {
  const { content, source, within } = await setup();
  const shown = await content.publish([
    { type: "text", text: "first" },
    { type: "text", text: LONG },
    { type: "text", text: "last" },
  ]);
  expect(shown.map(({ type }) => type)).toEqual(["text", "text-ref", "text"]);
  expect(await within(readText(shown, source))).toBe(`first\n${LONG}\nlast`);
});

test("many readers of one text share its bytes, and a wrong size spoils it for nobody", async () => {
  const { content, source, blobs, within, code } = await setup();
  const [part] = await content.publish([{ type: "text", text: LONG }]);
  if (part?.type !== "text-ref") throw new Error("it should be long");
  let reads = 0;
  const get = blobs.get;
  blobs.get = (...args) => {
    reads++;
    return get(...args);
  };
  const wrong = code(readBlob({ ...part.blob, size: 10 }, source));
  const right = await within(Promise.all(Array.from({ length: 20 }, () => readBlob(part.blob, source))));
  expect(right.map(({ length }) => length)).toEqual(Array(20).fill(LONG.length));
  expect(await wrong).toBe("corrupt");
  expect(reads).toBeLessThan(5);
});

test("what the operator's store holds but nobody was shown cannot be read", async () => {
  const { source, blobs, code } = await setup();
  const sealed = await blobs.put("the answer is 42");
  expect(await code(readBlob(sealed, source))).toBe("not-found");
});

test("a stream that breaks is resumed where it stood", async () => {
  const offsets: number[] = [];
  const { source, within } = await setup(async function* (_, offset) {
    offsets.push(offset);
    for (let at = offset; at < LONG.length; at += 100_000) {
      yield new TextEncoder().encode(LONG.slice(at, at + 100_000));
      if (offsets.length < 4) throw new Failure("unavailable", "the link broke");
    }
  });
  const bytes = await within(readBlob(refOf(LONG), source));
  expect(sha256(bytes)).toBe(sha256(LONG));
  expect(offsets).toEqual([0, 100_000, 200_000, 300_000]);
});

test.each([
  ["other bytes", "x".repeat(100)],
  ["more bytes than it said", "x".repeat(101)],
])("a validator that sends %s is not believed", async (_, sent) => {
  const { source, code } = await setup(async function* () {
    yield new TextEncoder().encode(sent);
  });
  expect(await code(readBlob(refOf("y".repeat(100)), source))).toBe("corrupt");
});

test("a validator whose streams end early again and again is given up", async () => {
  let streams = 0;
  const { source, code } = await setup(async function* () {
    streams++;
    yield new Uint8Array();
  });
  expect(await code(readBlob(refOf(LONG), source))).toBe("unavailable");
  expect(streams).toBe(5);
});
