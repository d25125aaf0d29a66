/** The guest's linear memory as the host sees it: every access is checked, because every address comes from the guest. */
export class GuestMemory {
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  get size(): number {
    return this.#bytes.length;
  }

  /** Called whenever the memory may have grown or moved. */
  attach(buffer: ArrayBuffer): void {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** A view, not a copy. Throws `RangeError` when any of it lies outside. */
  bytes(at: number, size: number): Uint8Array {
    const start = at >>> 0;
    const length = size >>> 0;
    if (start + length > this.#bytes.length) throw new RangeError(`guest address ${start}+${length}`);
    return this.#bytes.subarray(start, start + length);
  }

  u8(at: number): number {
    return this.#view.getUint8(at >>> 0);
  }
  u16(at: number): number {
    return this.#view.getUint16(at >>> 0, true);
  }
  u32(at: number): number {
    return this.#view.getUint32(at >>> 0, true);
  }
  u64(at: number): bigint {
    return this.#view.getBigUint64(at >>> 0, true);
  }
  setU32(at: number, value: number): void {
    this.#view.setUint32(at >>> 0, value, true);
  }
  setU64(at: number, value: bigint): void {
    this.#view.setBigUint64(at >>> 0, value, true);
  }
}
