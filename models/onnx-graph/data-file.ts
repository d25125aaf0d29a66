/** The file beside a graph that holds its large constants: written front to back, hashed on the way. */
import { closeSync, openSync, writeSync } from "node:fs";

/** ONNX Runtime maps the file, and mapped constants begin on a page. */
const PAGE = 4_096;

export class DataFile {
  readonly name: string;
  readonly #descriptor: number;
  readonly #hash = new Bun.CryptoHasher("sha256");
  #size = 0;

  constructor(options: { path: string; name: string }) {
    this.name = options.name;
    this.#descriptor = openSync(options.path, "wx", 0o644);
  }

  /** Appends on the next page; returns where. */
  add(bytes: Uint8Array): { offset: number; length: number } {
    const gap = (PAGE - (this.#size % PAGE)) % PAGE;
    this.#write(new Uint8Array(gap));
    const offset = this.#size;
    this.#write(bytes);
    return { offset, length: bytes.length };
  }

  /** Closes it and tells what was written. */
  finish(): { sha256: string; size: number } {
    closeSync(this.#descriptor);
    return { sha256: this.#hash.digest("hex"), size: this.#size };
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }
}
