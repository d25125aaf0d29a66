/** What a session declares of its inputs and outputs. */
import { elementType, type TensorInfo } from "../tensor.ts";
import { fromSlot, type Handle, type OrtApi, slot, textAt } from "./table.ts";

/** Far above any decoder; a larger count means that the table is not what we take it for. */
const MOST = 65_536;

/** Overridable initializers are inputs that may be left out. */
type Side = "Input" | "Output" | "OverridableInitializer";

export function describe(api: OrtApi, session: Handle<"session">, side: Side): TensorInfo[] {
  const count = slot();
  api[`SessionGet${side}Count`](session, count);
  if (count[0]! > MOST) throw new RangeError(`a session with ${count[0]} tensors`);
  return Array.from({ length: Number(count[0]) }, (_, at) => describeOne(api, session, side, at));
}

function describeOne(api: OrtApi, session: Handle<"session">, side: Side, at: number): TensorInfo {
  const allocator = slot();
  api.GetAllocatorWithDefaultOptions(allocator);
  const text = slot();
  api[`SessionGet${side}Name`](session, at, fromSlot(allocator), text);
  const name = textAt(text[0]!);
  api.AllocatorFree(fromSlot(allocator), fromSlot(text));
  const info = slot();
  api[`SessionGet${side}TypeInfo`](session, at, info);
  const tensor = slot();
  api.CastTypeInfoToTensorInfo(fromSlot(info), tensor);
  const { type, dims } = shapeOf(api, fromSlot(tensor));
  const names = new BigUint64Array(Math.max(1, dims.length));
  api.GetSymbolicDimensions(fromSlot(tensor), names, dims.length);
  const open = dims.map((dim, axis) => (dim < 0 ? textAt(names[axis]!) : dim));
  api.ReleaseTypeInfo(fromSlot(info));
  return { name, type: elementType(type), dims: open };
}

/** Type and sizes of a tensor's description; −1 for open ones. */
export function shapeOf(api: OrtApi, info: Handle<"shape">): { type: number; dims: number[] } {
  const type = new Int32Array(1);
  api.GetTensorElementType(info, type);
  const rank = slot();
  api.GetDimensionsCount(info, rank);
  const sizes = new BigInt64Array(Math.max(1, Number(rank[0])));
  api.GetDimensions(info, sizes, rank[0]!);
  return { type: type[0]!, dims: Array.from(sizes.subarray(0, Number(rank[0])), Number) };
}
