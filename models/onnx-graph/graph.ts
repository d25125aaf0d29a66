/**
 * Builds an ONNX model node by node and writes it (github.com/onnx/onnx, onnx.proto). Names of values are made here, so
 * that code that builds a graph reads like the formula it computes.
 */
import type { DataFile } from "./data-file.ts";
import { Message } from "./protobuf.ts";

export type Value = string & { readonly value: unique symbol };
/** An input that a node leaves out. */
export const NONE = "" as Value;

/** ONNX's numbers for types of elements. */
export const TYPE = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9 } as const;
export type ElementType = keyof typeof TYPE;

export type Dim = number | string;
export type Attribute = number | { readonly f: number } | string | readonly number[] | Message;

const CONTRIB = "com.microsoft";
const DEFAULT_OPSET = 17;
const IR_VERSION = 9;
/** Constants below this many bytes stand in the graph itself. */
const INLINE_BYTES = 1_024;
const ATTRIBUTE = { float: 1, int: 2, text: 3, graph: 5, ints: 7 } as const;

export class Graph {
  readonly #graph = new Message();
  readonly #data: DataFile;
  readonly #constants = new Map<string, Value>();
  readonly #opset: number;
  /** Where nodes go: the graph, or a branch of it. */
  #nodes = this.#graph;
  #made = 0;

  /** `opset` is the version of the standard operators. */
  constructor(name: string, data: DataFile, opset = DEFAULT_OPSET) {
    this.#data = data;
    this.#opset = opset;
    this.#graph.text(2, name);
  }

  input(name: string, type: ElementType, dims: readonly Dim[]): Value {
    this.#graph.message(11, valueInfo(name, type, dims));
    return name as Value;
  }

  /** An input that callers may leave out. Its open sizes are 0 then, so nothing is in it. */
  optionalInput(name: string, type: ElementType, dims: readonly Dim[]): Value {
    const tensor = new Message();
    for (const dim of dims) tensor.int(1, typeof dim === "number" ? dim : 0);
    this.#graph.message(5, tensor.int(2, TYPE[type]).text(8, name).bytes(9, new Uint8Array()));
    return this.input(name, type, dims);
  }

  /** Gives a value the name under which it leaves the graph. */
  output(name: string, value: Value, type: ElementType, dims: readonly Dim[]): void {
    this.#graph.message(12, valueInfo(name, type, dims));
    this.#node("Identity", [value], [name as Value], {}, "");
  }

  /** Declares an output that a node was told to write under this name. */
  declareOutput(name: string, type: ElementType, dims: readonly Dim[]): void {
    this.#graph.message(12, valueInfo(name, type, dims));
  }

  /** A node of the standard operators with one output. */
  node(op: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}): Value {
    const out = this.#fresh(op);
    this.#node(op, inputs, [out], attributes, "");
    return out;
  }

  /** A node with several outputs, by count or by name; `""` leaves one out. */
  nodes(
    op: string,
    inputs: readonly Value[],
    outputs: number | readonly string[],
    attributes: Record<string, Attribute> = {},
  ): Value[] {
    const out = this.#outputs(op, outputs);
    this.#node(op, inputs, out, attributes, "");
    return out;
  }

  /** The same for ONNX Runtime's own operators. */
  contrib(
    op: string,
    inputs: readonly Value[],
    attributes: Record<string, Attribute> = {},
    outputs: number | readonly string[] = 1,
  ): Value[] {
    const out = this.#outputs(op, outputs);
    this.#node(op, inputs, out, attributes, CONTRIB);
    return out;
  }

  /** Either of two computations, whichever a truth value says; each gives a value for every output. */
  either(
    condition: Value,
    { yes, no }: { yes: () => readonly Value[]; no: () => readonly Value[] },
    outputs: readonly string[],
  ): Value[] {
    const branches = { then_branch: this.#branch(yes), else_branch: this.#branch(no) };
    return this.nodes("If", [condition], outputs, branches);
  }

  /** A constant; the bytes are written at once. */
  constant(type: ElementType, dims: readonly number[], values: ArrayBufferView): Value {
    const name = this.#fresh("constant");
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const tensor = new Message();
    for (const dim of dims) tensor.int(1, dim);
    tensor.int(2, TYPE[type]).text(8, name);
    if (bytes.length < INLINE_BYTES) tensor.bytes(9, bytes);
    else this.#external(tensor, bytes);
    this.#graph.message(5, tensor);
    return name;
  }

  /** Small whole numbers, e.g. shapes and axes; asked for twice they are the same constant. */
  ints(...values: number[]): Value {
    return this.#once(`i64 ${values}`, () =>
      this.constant("i64", [values.length], BigInt64Array.from(values, BigInt)),
    );
  }

  /** One number without axes. */
  scalar(type: "f32" | "i64", value: number): Value {
    return this.#once(`${type} scalar ${value}`, () =>
      this.constant(type, [], type === "f32" ? Float32Array.of(value) : BigInt64Array.of(BigInt(value))),
    );
  }

  /** The model's file, whole. */
  encode(): Uint8Array {
    const model = new Message().int(1, IR_VERSION).text(2, "orrery").message(7, this.#graph);
    model.message(8, new Message().text(1, "").int(2, this.#opset));
    model.message(8, new Message().text(1, CONTRIB).int(2, 1));
    return model.encode();
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#constants.set(key, made);
    return made;
  }

  #fresh = (op: string): Value => `${op}_${this.#made++}` as Value;

  #branch(build: () => readonly Value[]): Message {
    const [outer, inner] = [this.#nodes, new Message()];
    this.#nodes = inner;
    const results = build();
    this.#nodes = outer;
    inner.text(2, this.#fresh("branch"));
    for (const result of results) inner.message(12, new Message().text(1, result));
    return inner;
  }

  #outputs = (op: string, outputs: number | readonly string[]): Value[] =>
    typeof outputs === "number"
      ? Array.from({ length: outputs }, () => this.#fresh(op))
      : outputs.map((name) => (name === "*" ? this.#fresh(op) : (name as Value)));

  #external(tensor: Message, bytes: Uint8Array): void {
    const { offset, length } = this.#data.add(bytes);
    const where = { location: this.#data.name, offset: String(offset), length: String(length) };
    for (const [key, value] of Object.entries(where))
      tensor.message(13, new Message().text(1, key).text(2, value));
    tensor.int(14, 1);
  }

  #node(
    op: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Record<string, Attribute>,
    domain: string,
  ): void {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, this.#fresh(op)).text(4, op);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    if (domain !== "") node.text(7, domain);
    this.#nodes.message(1, node);
  }
}

function attribute(name: string, value: Attribute): Message {
  const made = new Message().text(1, name);
  if (typeof value === "number") return made.int(3, value).int(20, ATTRIBUTE.int);
  if (typeof value === "string") return made.text(4, value).int(20, ATTRIBUTE.text);
  if (value instanceof Message) return made.message(6, value).int(20, ATTRIBUTE.graph);
  if ("f" in value) return made.float(2, value.f).int(20, ATTRIBUTE.float);
  for (const each of value) made.int(8, each);
  return made.int(20, ATTRIBUTE.ints);
}

function valueInfo(name: string, type: ElementType, dims: readonly Dim[]): Message {
  const shape = new Message();
  for (const dim of dims) {
    shape.message(1, typeof dim === "number" ? new Message().int(1, dim) : new Message().text(2, dim));
  }
  const tensor = new Message().int(1, TYPE[type]).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
