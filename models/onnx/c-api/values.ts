/** Tensors as OrtValues and back. */
import type { Pointer } from "bun:ffi";
import { elementBytes, elementCode, elements, elementType, type Tensor } from "../tensor.ts";
import { shapeOf } from "./describe.ts";
import { fromSlot, type Handle, memoryAt, type OrtApi, slot } from "./table.ts";

const DEVICE_ALLOCATOR = 0;
const DEFAULT_MEMORY = 0;

export class Values {
  readonly #api: OrtApi;
  readonly #cpu: Handle<"memory">;
  /** A value lies over our memory, which must not be collected before it. */
  readonly #under = new Map<Pointer, Uint8Array>();

  constructor(api: OrtApi) {
    this.#api = api;
    const out = slot();
    api.CreateCpuMemoryInfo(DEVICE_ALLOCATOR, DEFAULT_MEMORY, out);
    this.#cpu = fromSlot(out);
  }

  /** A value over this very memory; the caller releases it. */
  over({ type, dims, data }: Tensor): Handle<"value"> {
    const shape = BigInt64Array.from(dims.length === 0 ? [0] : dims, BigInt);
    const out = slot();
    // A pointer to nothing is refused even where there is nothing to point to.
    const memory = data.byteLength === 0 ? EMPTY : data;
    this.#api.CreateTensorWithDataAsOrtValue(
      ...[this.#cpu, memory, data.byteLength, shape, dims.length, elementCode(type), out],
    );
    const value = fromSlot<"value">(out);
    this.#under.set(value, memory);
    return value;
  }

  dims(value: Handle<"value">): number[] {
    return this.#shape(value).dims;
  }

  /** The value's own memory, valid until it is released. */
  bytes(value: Handle<"value">): Uint8Array {
    const { type, dims } = this.#shape(value);
    const out = slot();
    this.#api.GetTensorMutableData(value, out);
    return memoryAt(fromSlot(out), elements(dims) * elementBytes(elementType(type)));
  }

  /** A copy that outlives the value. */
  copy(value: Handle<"value">): Tensor {
    const { type, dims } = this.#shape(value);
    return { type: elementType(type), dims, data: this.bytes(value).slice() };
  }

  release(value: Handle<"value">): void {
    this.#api.ReleaseValue(value);
    this.#under.delete(value);
  }

  close(): void {
    this.#api.ReleaseMemoryInfo(this.#cpu);
  }

  #shape(value: Handle<"value">): { type: number; dims: number[] } {
    const out = slot();
    this.#api.GetTensorTypeAndShape(value, out);
    const shape = shapeOf(this.#api, fromSlot(out));
    this.#api.ReleaseTensorTypeAndShapeInfo(fromSlot(out));
    return shape;
  }
}

const EMPTY = new Uint8Array(8);
