/** What every blob store does. `damage` changes the stored bytes behind its back, where that is possible. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { BLOB_LIMIT, type BlobRef } from "../../protocol/blob.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import { rejection } from "../support/rejection.ts";

export interface BlobsUnderTest extends AsyncDisposable {
  blobs: Blobs;
  damage?(ref: BlobRef): Promise<void>;
}

export function blobsContract(name: string, make: () => Promise<BlobsUnderTest>): void {
  test(`${name}: returns exactly the bytes that were put`, async () => {
    await using subject = await make();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4_096 }), async (bytes) => {
        const ref = await subject.blobs.put(bytes);
        expect(ref.size).toBe(bytes.byteLength);
        expect(Buffer.from(await subject.blobs.get(ref)).equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test(`${name}: text is stored as UTF-8 under the digest everyone else computes`, async () => {
    await using subject = await make();
    const ref = await subject.blobs.put("abc", { mediaType: "text/plain" });
    expect(ref).toEqual({
      sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      size: 3,
      mediaType: "text/plain",
    });
  });

  test(`${name}: nobody changes a blob through the bytes put or got`, async () => {
    await using subject = await make();
    const bytes = new Uint8Array([1, 2, 3]);
    const ref = await subject.blobs.put(bytes);
    bytes[0] = 9;
    (await subject.blobs.get(ref))[1] = 9;
    expect([...(await subject.blobs.get(ref))]).toEqual([1, 2, 3]);
  });

  test(`${name}: the same bytes stored twice, also at once, are one blob`, async () => {
    await using subject = await make();
    const refs = await Promise.all([subject.blobs.put("twice"), subject.blobs.put("twice")]);
    expect(refs[0]).toEqual(refs[1]!);
    await subject.blobs.delete(refs[0]!);
    expect(await subject.blobs.has(refs[0]!)).toBe(false);
  });

  test(`${name}: an unknown digest, or a wrong size, is not found and removes nothing`, async () => {
    await using subject = await make();
    const ref = await subject.blobs.put("here");
    for (const wrong of [
      { ...ref, size: ref.size + 1 },
      { ...ref, sha256: "0".repeat(64) },
    ]) {
      expect(await subject.blobs.has(wrong)).toBe(false);
      expect((await rejection(subject.blobs.get(wrong))).code).toBe("not-found");
      await subject.blobs.delete(wrong);
    }
    expect(await subject.blobs.has(ref)).toBe(true);
  });

  test(`${name}: a reference that is no digest is refused before it becomes a path`, async () => {
    await using subject = await make();
    for (const sha256 of ["../../etc/passwd", "", "A".repeat(64), `${"a".repeat(63)}/`]) {
      expect((await rejection(subject.blobs.get({ sha256, size: 1 }))).code).toBe("malformed");
      expect((await rejection(subject.blobs.delete({ sha256, size: 1 }))).code).toBe("malformed");
    }
  });

  test(`${name}: more than 64 MiB is too large`, async () => {
    await using subject = await make();
    expect((await rejection(subject.blobs.put(new Uint8Array(BLOB_LIMIT + 1)))).code).toBe("too-large");
  });

  test(`${name}: a read whose signal has aborted is cancelled`, async () => {
    await using subject = await make();
    const ref = await subject.blobs.put("text");
    expect((await rejection(subject.blobs.get(ref, { signal: AbortSignal.abort() }))).code).toBe("cancelled");
  });

  test(`${name}: damaged bytes are corrupt, never returned, and can be stored again`, async () => {
    await using subject = await make();
    if (subject.damage === undefined) return;
    const ref = await subject.blobs.put("precious");
    await subject.damage(ref);
    expect((await rejection(subject.blobs.get(ref))).code).toBe("corrupt");
    await subject.blobs.put("precious");
    expect(new TextDecoder().decode(await subject.blobs.get(ref))).toBe("precious");
  });
}
