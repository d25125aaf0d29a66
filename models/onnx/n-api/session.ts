/**
 * A session by onnxruntime-node's public API, for systems where the C API is not used. Every output is copied into memory of
 * JavaScript at every step, so the cache is kept at its true length: that costs least.
 */
import { Failure } from "../../../protocol/failure.ts";
import { type DecoderShape, decoderShape, outputName, type State } from "../decoder-shape.ts";
import { type OpenSession, type Session, SPIN_US, type StateBytes, type StateMemory } from "../session.ts";
import { copyTokens, stateSize } from "../state-layout.ts";
import { refuseTelemetry } from "../telemetry.ts";
import { elementName, type Tensor, type TensorInfo } from "../tensor.ts";

type Ort = typeof import("onnxruntime-node");
type OrtTensor = InstanceType<Ort["Tensor"]>;

/** Throws `unavailable` when the binding or the graph cannot be loaded. */
export async function openNSession({ graph, threads, spin, device }: OpenSession): Promise<Session> {
  refuseTelemetry();
  const ort = await import("onnxruntime-node");
  const session = await ort.InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    logSeverityLevel: 3,
    ...(spin ? {} : { extra: { session: { intra_op: { spin_duration_us: String(SPIN_US) } } } }),
  }).catch((cause: unknown) => {
    throw new Failure("unavailable", "ONNX Runtime cannot load the graph", {
      meta: { reason: oneLine(cause instanceof Error ? cause.message : String(cause)) },
    });
  });
  const shape = decoderShape(session.inputMetadata.map(infoOf), session.outputMetadata.map(infoOf));

  const run: Session["run"] = async (feeds, memory, wanted) => {
    if (!(memory instanceof NState)) throw new Failure("defect", "a state of another session");
    const given = [...feeds].map(([name, tensor]) => [name, wrap(ort, tensor)] as const);
    const name = outputName(shape, wanted);
    const names = [name, ...shape.states.map(({ present }) => present)];
    const out = await session.run({ ...Object.fromEntries(given), ...memory.pasts(ort) }, names);
    memory.advance(out);
    const tensor = out[name];
    if (tensor === undefined) throw new Failure("defect", `a step gave no ${name}`);
    return wanted === "nothing" ? undefined : unwrap(tensor);
  };

  return {
    runtime: "n-api",
    version: ort.env.versions.node ?? ort.env.versions.common,
    device,
    shape,
    openState: () => new NState(shape),
    run,
    close: () => session.release(),
  };
}

/** What ONNX Runtime says goes over several lines. */
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 500);

function infoOf(declared: {
  name: string;
  isTensor: boolean;
  type?: string;
  shape?: readonly (number | string)[];
}): TensorInfo {
  const { name, type = "", shape = [] } = declared;
  return { name, type: elementName(type), dims: shape.map((dim) => (dim === -1 ? "" : dim)) };
}

/** Grows what the graph would take as a buffer of full length, too: attention accepts both. */
class NState implements StateMemory {
  readonly #shape: DecoderShape;
  #held: { state: State; length: number; tensor: Tensor }[] = [];

  constructor(shape: DecoderShape) {
    this.#shape = shape;
    this.reset();
  }

  pasts(ort: Ort): Record<string, OrtTensor> {
    return Object.fromEntries(this.#held.map(({ state, tensor }) => [state.past, wrap(ort, tensor)]));
  }

  advance(out: Readonly<Record<string, OrtTensor>>): void {
    this.#held = this.#shape.states.map((state) => {
      const tensor = unwrap(out[state.present]!);
      return { state, length: state.axis === -1 ? 0 : tensor.dims[state.axis]!, tensor };
    });
  }

  take(tokens: number): StateBytes[] {
    return this.#held.map(({ state, length: room, tensor }) => {
      const length = Math.min(tokens, room);
      const data = new Uint8Array(stateSize(state, length));
      copyTokens(state, { data: tensor.data, length: room }, { data, length }, length);
      return { state, length, data };
    });
  }

  put(parts: readonly StateBytes[]): void {
    this.#held = parts.map(({ state, length, data }) => held(state, length, new Uint8Array(data)));
  }

  copy(from: StateMemory, tokens: number): void {
    this.put(from.take(tokens));
  }

  reset(): void {
    this.#held = this.#shape.states.map((state) => held(state, 0, new Uint8Array(stateSize(state, 0))));
  }

  rewind(tokens: number): void {
    this.put(this.take(tokens));
  }

  close(): void {
    this.#held = [];
  }
}

function held(
  state: State,
  length: number,
  data: Uint8Array,
): { state: State; length: number; tensor: Tensor } {
  const dims = state.dims.map((dim, at) => (at === state.axis ? length : dim));
  return { state, length, tensor: { type: state.type, dims, data } };
}

function wrap(ort: Ort, { type, dims, data }: Tensor): OrtTensor {
  const { buffer, byteOffset, byteLength } = data;
  const view = new VIEWS[type](buffer as ArrayBuffer, byteOffset, byteLength / VIEWS[type].BYTES_PER_ELEMENT);
  return new ort.Tensor(type as "float32", view as Float32Array, dims);
}

function unwrap({ type, dims, data }: OrtTensor): Tensor {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return { type: elementName(type), dims, data: new Uint8Array(buffer, byteOffset, byteLength) };
}

const VIEWS = {
  float32: Float32Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;
