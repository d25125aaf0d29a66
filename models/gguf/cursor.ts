/** Reads little-endian values one after the other and never past the end: a file from outside claims what it likes. */
import { Failure } from "../../protocol/failure.ts";

export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8 = (): number => this.#view.getUint8(this.#step(1));
  i8 = (): number => this.#view.getInt8(this.#step(1));
  u16 = (): number => this.#view.getUint16(this.#step(2), true);
  i16 = (): number => this.#view.getInt16(this.#step(2), true);
  u32 = (): number => this.#view.getUint32(this.#step(4), true);
  i32 = (): number => this.#view.getInt32(this.#step(4), true);
  f32 = (): number => this.#view.getFloat32(this.#step(4), true);
  f64 = (): number => this.#view.getFloat64(this.#step(8), true);
  i64 = (): number => exact(this.#view.getBigInt64(this.#step(8), true));
  u64 = (): number => exact(this.#view.getBigUint64(this.#step(8), true));

  /** UTF-8 after its length; what is no UTF-8 becomes replacement characters. */
  text(limit: number): string {
    const size = this.u64();
    if (size > limit) throw malformed("a text in the file is too long", { size, limit });
    const from = this.#step(size);
    return new TextDecoder().decode(this.#bytes.subarray(from, from + size));
  }

  #step(size: number): number {
    if (size > this.left)
      throw malformed("the file ends too early", { at: this.#at, wanted: size, left: this.left });
    const from = this.#at;
    this.#at += size;
    return from;
  }
}

function exact(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw malformed("a number in the file is too large to be true", { value: String(value) });
}

export const malformed = (message: string, meta: Record<string, string | number>): Failure =>
  new Failure("malformed", message, { meta, hint: "The file is damaged or no GGUF file; fetch it again." });
