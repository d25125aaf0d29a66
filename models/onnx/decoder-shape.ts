/**
 * What a decoder takes, gives and remembers, read from its session and not from a list of architectures. Names are those of
 * optimum, transformers.js and onnxruntime-genai.
 */
import { Failure } from "../../protocol/failure.ts";
import { type ElementType, elementBytes, elements, type TensorInfo } from "./tensor.ts";

/**
 * `growing`: the output is longer than the input by what was fed, along `axis`. `shared`: a buffer of full length along
 * `axis`, which the graph fills in place. `fixed`: of one size for ever, as in convolutions and recurrences.
 */
export interface State {
  readonly past: string;
  readonly present: string;
  readonly kind: "growing" | "shared" | "fixed";
  readonly type: ElementType;
  /** For one sequence; the size along `axis` is 0 here. */
  readonly dims: readonly number[];
  /** −1 for fixed ones. */
  readonly axis: number;
}

/** Inputs that a loader knows how to fill, besides states. */
const ROLES = {
  input_ids: "tokens",
  attention_mask: "mask",
  position_ids: "positions",
  seqlens_k: "lengths",
  total_sequence_length: "total",
  logit_indices: "rows",
  num_logits_to_keep: "keep",
} as const;
export type InputRole = (typeof ROLES)[keyof typeof ROLES];

export interface DecoderShape {
  readonly inputs: readonly { readonly role: InputRole; readonly info: TensorInfo }[];
  readonly states: readonly State[];
  readonly logits: string;
  /** The tokens' states after the last norm, where the graph gives them. */
  readonly hidden: { readonly name: string; readonly size: number } | undefined;
  readonly vocabulary: number;
  /** Sequences of different lengths can take a step together: each of the batch has a length and a buffer of its own. */
  readonly together: boolean;
  /** Bytes of state at once, and for each token. */
  readonly memory: { readonly fixedBytes: number; readonly bytesPerToken: number };
}

/** Fails with `refused` for inputs that nobody here could fill, and for states without a partner. */
export function decoderShape(inputs: readonly TensorInfo[], outputs: readonly TensorInfo[]): DecoderShape {
  const known: { role: InputRole; info: TensorInfo }[] = [];
  const states: State[] = [];
  const tokens = inputs.find(({ name }) => name === "input_ids");
  const batch = tokens?.dims[0];
  for (const info of inputs) {
    const role = ROLES[info.name as keyof typeof ROLES];
    if (role !== undefined) known.push({ role, info });
    else states.push(stateOf(info, outputs, batch));
  }
  const logits = outputs.find(({ name }) => name === "logits");
  const vocabulary = logits?.dims.at(-1);
  if (tokens === undefined || typeof vocabulary !== "number") {
    throw new Failure("refused", "this graph is no decoder: it needs input_ids and logits of a known size", {
      meta: {
        inputs: inputs.map(({ name }) => name).join(" "),
        outputs: outputs.map(({ name }) => name).join(" "),
      },
    });
  }
  const hidden = hiddenOf(outputs);
  const together = isTogether(known, states, inputs);
  return { inputs: known, states, logits: "logits", hidden, vocabulary, together, memory: memoryOf(states) };
}

/** A mask would have to leave out the ends of the shorter ones, which not every graph takes for their lengths. */
const TOGETHER: ReadonlySet<InputRole> = new Set(["tokens", "positions", "lengths", "total", "rows"]);

function isTogether(
  known: DecoderShape["inputs"],
  states: readonly State[],
  inputs: readonly TensorInfo[],
): boolean {
  const open = (name: string) => typeof inputs.find((info) => info.name === name)?.dims[0] === "string";
  return (
    states.length > 0 &&
    states.every(({ kind, axis, past }) => kind === "shared" && axis > 0 && open(past)) &&
    known.every(({ role }) => TOGETHER.has(role)) &&
    known.some(({ role }) => role === "lengths") &&
    open("input_ids")
  );
}

/** The output to ask a step for. The logits of no rows cost nothing. */
export function outputName(shape: DecoderShape, wanted: "logits" | "hidden" | "nothing"): string {
  if (wanted !== "hidden") return shape.logits;
  if (shape.hidden !== undefined) return shape.hidden.name;
  throw new Failure("defect", "this graph gives no hidden states");
}

/** As this project and optimum name them. */
function hiddenOf(outputs: readonly TensorInfo[]): DecoderShape["hidden"] {
  const found = outputs.find(({ name }) => name === "hidden_states" || name === "last_hidden_state");
  const size = found?.dims.at(-1);
  return found?.type === "float32" && typeof size === "number" ? { name: found.name, size } : undefined;
}

/** `present_conv.3` belongs to `past_conv.3`, `present.3.key` to `past_key_values.3.key`. */
const pastName = (present: string): string =>
  present
    .replace(/^present_(conv|ssm|recurrent|compressor|indexer)\b/, "past_$1")
    .replace(/^present\b/, "past_key_values");

function stateOf(
  past: TensorInfo,
  outputs: readonly TensorInfo[],
  batch: number | string | undefined,
): State {
  const present = outputs.find(({ name }) => pastName(name) === past.name);
  if (present === undefined || present.dims.length !== past.dims.length || present.type !== past.type) {
    throw new Failure(
      "refused",
      "the graph has an input that is neither known nor a state with an output of its own",
      {
        meta: { input: past.name },
        hint: "Export the decoder with its cache as past_key_values.* and present.*.",
      },
    );
  }
  const open = past.dims.flatMap((dim, axis) =>
    isBatch(dim, axis, batch) || typeof dim === "number" ? [] : [axis],
  );
  if (open.length > 1) {
    throw new Failure("refused", "a state of the graph is open in more than one direction", {
      meta: { input: past.name, dims: past.dims.join("×") },
    });
  }
  const [axis = -1] = open;
  const dims = past.dims.map((dim, at) => (at === axis ? 0 : typeof dim === "number" ? dim : 1));
  const kind =
    axis === -1
      ? "fixed"
      : past.dims[axis] !== "" && past.dims[axis] === present.dims[axis]
        ? "shared"
        : "growing";
  return { past: past.name, present: present.name, kind, type: past.type, dims, axis };
}

const isBatch = (dim: number | string, axis: number, batch: number | string | undefined): boolean =>
  axis === 0 && (dim === batch || /^batch/.test(String(dim)));

function memoryOf(states: readonly State[]): { fixedBytes: number; bytesPerToken: number } {
  let fixedBytes = 0;
  let bytesPerToken = 0;
  for (const { dims, axis, type } of states) {
    const bytes = elements(dims.map((dim, at) => (at === axis ? 1 : dim))) * elementBytes(type);
    if (axis === -1) fixedBytes += bytes;
    else bytesPerToken += bytes;
  }
  return { fixedBytes, bytesPerToken };
}
