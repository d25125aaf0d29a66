/**
 * Attention of one token deep in a context, of multiplications that read keys and values once for all the heads of queries
 * that share them. The cache is read through inputs of its own, a part for each of its heads: whole blocks from the first token
 * on. What stands after them, the token itself with it, is taken from the cache.
 */
import type { DecoderConfig } from "./decoder-config.ts";
import type { Graph, Value } from "./graph.ts";

/** A block's values stay in a processor's own cache from one head of queries to the next; what fills no block is copied at every step. */
const BLOCK_TOKENS = 256;

/** What a step deep in a context is told, the same for every block of the decoder. */
export interface DeepStep {
  /** There are blocks of the cache. */
  readonly is: Value;
  readonly position: Value;
  /** Tokens in blocks, and in blocks and the rest. */
  readonly covered: Value;
  readonly total: Value;
  /** Tokens in blocks, and in the rest. */
  readonly parts: Value;
  /** Where the token's keys and values go, for each head. */
  readonly places: Value;
}

/** `first` is a part of the cache. Costs next to nothing where there are no blocks. */
export function deepStep(
  graph: Graph,
  { kvHeads }: DecoderConfig,
  { first, lengths }: { first: Value; lengths: Value },
): DeepStep {
  const position = graph.node("Cast", [lengths], { to: 7 });
  const blocks = graph.node("Shape", [first], { start: 0, end: 1 });
  const covered = graph.node("Mul", [blocks, graph.ints(BLOCK_TOKENS)]);
  const heads = BigInt64Array.from({ length: 2 * kvHeads }, (_, at) => BigInt(at % 2 === 0 ? 0 : at >> 1));
  // Of the first row: a step deep in a context is taken alone.
  const only = graph.node("Gather", [position, graph.ints(0)]);
  const total = graph.node("Add", [only, graph.ints(1)]);
  const places = [
    graph.constant("i64", [kvHeads, 2], heads),
    graph.node("Expand", [only, graph.ints(kvHeads, 1)]),
  ];
  return {
    is: graph.node("Greater", [covered, graph.ints(0)]),
    position: graph.node("Reshape", [only, graph.ints(1, 1)]),
    covered,
    total,
    parts: graph.node("Concat", [covered, graph.node("Sub", [total, covered])], { axis: 0 }),
    places: graph.node("Concat", places, { axis: 1 }),
  };
}

/** A state's blocks, a value for each of its heads. */
export const blocksOf = (graph: Graph, past: string, { kvHeads, headDim }: DecoderConfig): Value[] =>
  Array.from({ length: kvHeads }, (_, head) =>
    graph.optionalInput(`${past}.blocks.${head}`, "f32", ["blocks", 1, BLOCK_TOKENS, headDim]),
  );

/** Keys or values. */
export interface Cached {
  readonly past: Value;
  /** Of the token, of all heads. */
  readonly token: Value;
  readonly blocks: readonly Value[];
}

/** What the token attends to, its keys with the cache, and its values with theirs. Keys and queries have been turned. */
export function blockAttention(
  graph: Graph,
  config: DecoderConfig,
  { queries, keys, values, deep }: { queries: Value; keys: Cached; values: Cached; deep: DeepStep },
): Value[] {
  const { heads, kvHeads, headDim } = config;
  const group = heads / kvHeads;
  const presents = [keys, values].map(({ past, token }) =>
    graph.node("ScatterND", [
      past,
      deep.places,
      graph.node("Reshape", [token, graph.ints(kvHeads, headDim)]),
    ]),
  );
  const [restKeys, restValues] = presents.map((present) =>
    graph.node("Slice", [present, deep.covered, deep.total, graph.ints(2)]),
  ) as [Value, Value];

  const scaled = graph.node("Mul", [queries, graph.scalar("f32", 1 / Math.sqrt(headDim))]);
  const grouped = graph.node("Reshape", [scaled, graph.ints(1, kvHeads, group, headDim)]);
  const columns = graph.nodes(
    "Split",
    [
      graph.node("Reshape", [
        graph.node("Transpose", [grouped], { perm: [0, 1, 3, 2] }),
        graph.ints(kvHeads, 1, headDim, group),
      ]),
    ],
    kvHeads,
    { axis: 0 },
  );
  const [product] = graph.contrib("FusedMatMul", [grouped, restKeys], { transB: 1 });
  const near = graph.nodes("Split", [product!], kvHeads, { axis: 1 });
  const nearShares: Value[] = [];
  const sums: Value[] = [];
  for (const [head, block] of keys.blocks.entries()) {
    // Keys on the left: there a matrix is read as it lies, on the right it would be packed first.
    const inColumns = graph.node("Reshape", [
      graph.node("MatMul", [block, columns[head]!]),
      graph.ints(-1, group),
    ]);
    const inRows = graph.node("Reshape", [
      graph.node("Transpose", [inColumns], { perm: [1, 0] }),
      graph.ints(1, 1, group, -1),
    ]);
    const scores = graph.node("Concat", [inRows, near[head]!], { axis: 3 });
    const shares = graph.node("Softmax", [scores], { axis: -1 });
    const [far, rest] = graph.nodes("Split", [shares, deep.parts], 2, { axis: 3 }) as [Value, Value];
    nearShares.push(rest);
    const inBlocks = graph.node("Reshape", [far, graph.ints(group, -1, BLOCK_TOKENS)]);
    // A row at a time: several rows would have the values packed, too.
    const rows = graph.node("Reshape", [
      graph.node("Transpose", [inBlocks], { perm: [1, 0, 2] }),
      graph.ints(-1, group, 1, BLOCK_TOKENS),
    ]);
    sums.push(graph.node("MatMul", [rows, values.blocks[head]!]));
  }
  const all = graph.node("ReduceSum", [graph.node("Concat", sums, { axis: 1 }), graph.ints(0)], {
    keepdims: 0,
  });
  const width = graph.ints(1, 1, heads * headDim);
  const nearRows = graph.node("Concat", nearShares, { axis: 1 });
  const attended = graph.node("Add", [
    graph.node("Reshape", [all, width]),
    graph.node("Reshape", [graph.node("MatMul", [nearRows, restValues]), width]),
  ]);
  return [attended, ...presents];
}
