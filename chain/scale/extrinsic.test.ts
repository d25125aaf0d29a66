import { expect, test } from "bun:test";
import fc from "fast-check";
import { mortalEra } from "./era.ts";
import { decodeExtrinsic, encodeBare, encodeSigned, signedPayload } from "./extrinsic.ts";
import { fromHex, toHex } from "./hex.ts";

const account = new Uint8Array(32).fill(7);
const signature = new Uint8Array(64).fill(9);
const implied = {
  specVersion: 424,
  transactionVersion: 1,
  genesisHash: `0x${"11".repeat(32)}`,
  birthHash: `0x${"22".repeat(32)}`,
} as const;

test("what is signed goes in the chain's order: call, era, nonce, tip, mode, then what is implied", () => {
  const extra = { era: undefined, nonce: 3, tip: 1n };
  expect(toHex(signedPayload(Uint8Array.of(0xaa, 0xbb), extra, implied))).toBe(
    (`0xaabb00` +
      "0c" +
      "04" +
      "00" +
      `a8010000` +
      "01000000" +
      "11".repeat(32) +
      "22".repeat(32) +
      "00") as never,
  );
});

test("a payload beyond 256 bytes is signed by its hash", () => {
  const extra = { era: undefined, nonce: 0, tip: 0n };
  expect(signedPayload(new Uint8Array(179), extra, implied).length).toBe(256);
  expect(signedPayload(new Uint8Array(180), extra, implied).length).toBe(32);
});

test("an extrinsic reads back as it was written", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.option(fc.integer({ min: 0, max: 1 << 30 }), { nil: undefined }),
      (call, nonce, tip, block) => {
        const era = block === undefined ? undefined : mortalEra(block, 64);
        const extrinsic = encodeSigned(call, { account, signature, extra: { era, nonce, tip } });
        const { signed, call: read } = decodeExtrinsic(extrinsic);
        expect(toHex(read)).toBe(toHex(call));
        expect(signed?.extra).toEqual({ era, nonce, tip });
        expect(signed?.scheme).toBe("sr25519");
      },
    ),
  );
  expect(decodeExtrinsic(encodeBare(Uint8Array.of(2, 0)))).toEqual({ call: Uint8Array.of(2, 0) });
});

test("garbage is refused with what is wrong with it", () => {
  const extra = { era: undefined, nonce: 0, tip: 0n };
  const good = encodeSigned(Uint8Array.of(0, 0), { account, signature, extra });
  expect(() => decodeExtrinsic(good.slice(0, -1))).toThrow("length in front");
  expect(() => decodeExtrinsic(new Uint8Array())).toThrow("cut off");
  expect(() => decodeExtrinsic(fromHex("0x0405"))).toThrow("version 5");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeExtrinsic(bytes);
      } catch (error) {
        expect((error as { code: string }).code).toBe("malformed");
      }
    }),
  );
});
