/**
 * A memory as an ONNX graph: what stands between ` :=` and `;` is stored under the tokens before it and read back by them. It
 * is linear attention over n-grams with a write gate and an overwrite rule; its weights are random signs, its state has one
 * size for ever. It retrieves, and knows no language.
 */
import type { Rng } from "../../runtime/ports/rng.ts";
import type { DataFile } from "../onnx-graph/data-file.ts";
import { Graph, TYPE, type Value } from "../onnx-graph/graph.ts";
import { CLOSER_TOKEN, COLUMNS, END, OPENER_TOKEN, VOCABULARY } from "./pieces.ts";

/** Width of keys: how much fits. About a fifth as many tokens can be stored before answers begin to fail. */
export const KEY_WIDTH = 8_192;
/** Width of a token's code. */
const CODE_WIDTH = 64;
/** Tokens that make a key: they should cover a fact's own name and the part of its value that is known so far. */
export const KEY_TOKENS = 14;
/** The gate looks so far back for a marker; a value is at most one token shorter. */
const WINDOW = 16;
const HISTORY = WINDOW + KEY_TOKENS;
/** Positions of a key are told apart by turning its tokens' signs so many bytes of eight each. */
const TURN = 37;
const KEY_BYTES = KEY_WIDTH / 8;
/** The first with exclusive or on bytes. */
const OPSET = 18;
/** The newest marker outweighs all before it. */
const DECAY = 4;
const OPEN = 1e-9;
/** Keys that have this share of signs in common are the same. */
const SAME = 0.75;
/** Half of what a known key scores: below it nothing is known. */
const KNOWN = CODE_WIDTH / 2;
/** Mean size of what is read under a key that was written: between 1 for a code and what noise has. */
const STORED = 0.7;

/** Ends a line. */
const NEWLINE = 10;
const LAST = 9_223_372_036_854_775_807n;

/** The graph's bytes; its tables go to the data file. The same chance gives the same model. */
export function writeAssociative({ rng, data }: { rng: Rng; data: DataFile }): Uint8Array {
  const graph = new Graph("associative memory", data, OPSET);
  const ids = graph.input("input_ids", "i64", ["batch", "sequence"]);
  const memory = graph.input("past_recurrent.0", "f32", ["batch", KEY_WIDTH, CODE_WIDTH]);
  const history = graph.input("past_conv.0", "i64", ["batch", HISTORY]);
  const tables = {
    high: graph.constant(
      "u8",
      [VOCABULARY / COLUMNS, KEY_BYTES],
      rng.bytes((VOCABULARY / COLUMNS) * KEY_BYTES),
    ),
    low: graph.constant("u8", [COLUMNS, KEY_BYTES], rng.bytes(COLUMNS * KEY_BYTES)),
    signs: graph.constant("f32", [256, 8], signs(Uint8Array.from({ length: 256 }, (_, byte) => byte))),
    code: graph.constant("f32", [VOCABULARY, CODE_WIDTH], signs(rng.bytes((VOCABULARY * CODE_WIDTH) / 8))),
  };
  const state = graph.node("Squeeze", [memory, graph.ints(0)]);
  const fed = graph.node("Squeeze", [ids, graph.ints(0)]);
  const x = graph.node("Concat", [graph.node("Squeeze", [history, graph.ints(0)]), fed], { axis: 0 });
  const count = graph.node("Shape", [fed]);

  const written = writtenPlaces(graph, x, count);
  const places = graph.node("Concat", [written.places, count], { axis: 0 });
  const keys = keysAt(graph, tables, x, places);
  const writeKeys = slice(graph, keys, 0, -1n);
  const question = slice(graph, keys, -1, LAST);

  const values = graph.node("Gather", [tables.code, at(graph, x, written.places, 0)]);
  const news = graph.node("Mul", [
    graph.node("Sub", [values, storedUnder(graph, state, writeKeys)]),
    graph.node("Mul", [written.weights, isLast(graph, writeKeys)]),
  ]);
  const after = graph.node("Add", [
    state,
    graph.node("MatMul", [graph.node("Transpose", [writeKeys]), news]),
  ]);
  const read = scoresOf(graph, tables.code, after, question);
  // An unknown key scores less than this everywhere, so that the answer ends at once.
  const bias = new Float32Array(VOCABULARY);
  bias[END] = KNOWN;
  const logits = graph.node("Add", [read, graph.constant("f32", [1, VOCABULARY], bias)]);
  graph.output("logits", unsqueezed(graph, logits), "f32", ["batch", 1, VOCABULARY]);
  graph.output("present_recurrent.0", unsqueezed(graph, after), "f32", ["batch", KEY_WIDTH, CODE_WIDTH]);
  graph.output("present_conv.0", unsqueezed(graph, slice(graph, x, -HISTORY, LAST)), "i64", [
    "batch",
    HISTORY,
  ]);
  return graph.encode();
}

interface Tables {
  /** A token's key is the exclusive or of two rows of bits: of its number divided by the columns, and of the rest. */
  readonly high: Value;
  readonly low: Value;
  /** A byte as eight signs. */
  readonly signs: Value;
  readonly code: Value;
}

/** Each bit as +1 or −1, the lowest first. */
const signs = (bits: Uint8Array): Float32Array =>
  Float32Array.from({ length: 8 * bits.length }, (_, n) => ((bits[n >> 3]! >> (n & 7)) & 1 ? 1 : -1));

/** Where the newest marker before a token is an opener; one place of weight 0 first, so that there always is one. */
function writtenPlaces(graph: Graph, x: Value, count: Value): { places: Value; weights: Value } {
  const kinds = new Float32Array(VOCABULARY);
  kinds[OPENER_TOKEN] = 1;
  kinds[CLOSER_TOKEN] = -1;
  const marks = graph.node("Gather", [graph.constant("f32", [VOCABULARY], kinds), x]);
  const weights = Float32Array.from({ length: WINDOW }, (_, n) => DECAY ** (n + 1 - WINDOW));
  const kernel = graph.constant("f32", [1, 1, WINDOW], weights);
  const gates = graph.node("Conv", [graph.node("Unsqueeze", [marks, graph.ints(0, 1)]), kernel]);
  const flat = graph.node("Squeeze", [gates, graph.ints(0, 1)]);
  const from = graph.ints(HISTORY - WINDOW);
  const ours = graph.node("Slice", [flat, from, graph.node("Add", [from, count]), graph.ints(0)]);
  const open = graph.node("Greater", [ours, graph.scalar("f32", OPEN)]);
  const found = graph.node("Squeeze", [graph.node("NonZero", [open]), graph.ints(0)]);
  const places = graph.node("Concat", [graph.ints(0), found], { axis: 0 });
  const ones = graph.node("Expand", [graph.scalar("f32", 1), graph.node("Shape", [found])]);
  const all = graph.node("Concat", [graph.constant("f32", [1], new Float32Array(1)), ones], { axis: 0 });
  return { places, weights: graph.node("Unsqueeze", [all, graph.ints(1)]) };
}

/** Tokens so far before each place. */
const at = (graph: Graph, x: Value, places: Value, before: number): Value =>
  graph.node("Gather", [x, graph.node("Add", [places, graph.scalar("i64", HISTORY - before)])]);

/**
 * Keys as signs. A key reaches back to the beginning of its line at most, so that what stands in the line before is not part
 * of it. Bits are put together first, since they take a thirty-second of the memory.
 */
function keysAt(graph: Graph, tables: Tables, x: Value, places: Value): Value {
  const columns = graph.scalar("i64", COLUMNS);
  const newline = graph.scalar("i64", NEWLINE);
  let bits: Value | undefined;
  let inLine: Value | undefined;
  for (let before = 1; before <= KEY_TOKENS; before++) {
    const found = at(graph, x, places, before);
    const tokens = inLine === undefined ? found : graph.node("Mul", [found, inLine]);
    const goesOn = graph.node("Cast", [graph.node("Not", [graph.node("Equal", [tokens, newline])])], {
      to: TYPE.i64,
    });
    inLine = inLine === undefined ? goesOn : graph.node("Mul", [inLine, goesOn]);
    const row = graph.node("Gather", [tables.high, graph.node("Div", [tokens, columns])]);
    const column = graph.node("Gather", [tables.low, graph.node("Mod", [tokens, columns])]);
    const turned = turn(graph, graph.node("BitwiseXor", [row, column]), TURN * before);
    bits = bits === undefined ? turned : graph.node("BitwiseXor", [bits, turned]);
  }
  const whole = graph.node("Gather", [tables.signs, graph.node("Cast", [bits!], { to: TYPE.i32 })]);
  return graph.node("Reshape", [whole, graph.ints(0, KEY_WIDTH)]);
}

const turn = (graph: Graph, rows: Value, by: number): Value =>
  graph.node(
    "Concat",
    [
      graph.node("Slice", [rows, graph.ints(KEY_BYTES - by), graph.ints(KEY_BYTES), graph.ints(1)]),
      graph.node("Slice", [rows, graph.ints(0), graph.ints(KEY_BYTES - by), graph.ints(1)]),
    ],
    { axis: 1 },
  );

/** What is stored under the keys: a code where one is, noise elsewhere. */
const readUnder = (graph: Graph, state: Value, keys: Value): Value =>
  graph.node("Div", [graph.node("MatMul", [keys, state]), graph.scalar("f32", KEY_WIDTH)]);

/** How well each token's code fits what is stored under a key: the code's width for what was stored there. */
function scoresOf(graph: Graph, code: Value, state: Value, key: Value): Value {
  const [scores] = graph.contrib("FusedMatMul", [readUnder(graph, state, key), code], { transB: 1 });
  return scores!;
}

/** The code that is stored there already, cleaned of noise: every sign by itself. Zeros where nothing is. */
function storedUnder(graph: Graph, state: Value, keys: Value): Value {
  const read = readUnder(graph, state, keys);
  const strength = graph.node("ReduceMean", [graph.node("Abs", [read]), graph.ints(1)], { keepdims: 1 });
  const known = graph.node("Greater", [strength, graph.scalar("f32", STORED)]);
  return graph.node("Where", [known, graph.node("Sign", [read]), graph.scalar("f32", 0)]);
}

/** 1 where no later key of the same step is the same one, else 0. */
function isLast(graph: Graph, keys: Value): Value {
  const [products] = graph.contrib("FusedMatMul", [keys, keys], { transB: 1 });
  const same = graph.node("Greater", [products!, graph.scalar("f32", SAME * KEY_WIDTH)]);
  const later = graph.node("Trilu", [graph.node("Cast", [same], { to: TYPE.f32 }), graph.scalar("i64", 1)], {
    upper: 1,
  });
  const times = graph.node("ReduceSum", [later, graph.ints(1)], { keepdims: 1 });
  return graph.node("Cast", [graph.node("Less", [times, graph.scalar("f32", 0.5)])], { to: TYPE.f32 });
}

const slice = (graph: Graph, rows: Value, from: number, to: bigint): Value =>
  graph.node("Slice", [
    rows,
    graph.ints(from),
    graph.constant("i64", [1], BigInt64Array.of(to)),
    graph.ints(0),
  ]);

const unsqueezed = (graph: Graph, value: Value): Value => graph.node("Unsqueeze", [value, graph.ints(0)]);
