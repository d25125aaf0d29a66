/** Tensors as both ways into ONNX Runtime take and give them. */
import { Failure } from "../../protocol/failure.ts";

/** ONNX's numbers for the element types that decoders use. */
const ELEMENTS = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
} as const;
export type ElementType = keyof typeof ELEMENTS;

export const elementCode = (type: ElementType): number => ELEMENTS[type].code;
export const elementBytes = (type: ElementType): number => ELEMENTS[type].bytes;

export function elementType(code: number): ElementType {
  const found = (Object.keys(ELEMENTS) as ElementType[]).find((name) => ELEMENTS[name].code === code);
  if (found !== undefined) return found;
  throw new Failure("refused", "the graph uses a type of numbers that is not known here", { meta: { code } });
}

export function elementName(name: string): ElementType {
  if (name in ELEMENTS) return name as ElementType;
  throw new Failure("refused", "the graph uses a type of numbers that is not known here", {
    meta: { type: name },
  });
}

/** What a graph declares: sizes as numbers, open ones by their name, `""` where they have none. */
export interface TensorInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

export interface Tensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

export const elements = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
