/** A session by the C API of the library that onnxruntime-node brings: caches stay where they are, nothing is copied. */
import { Failure } from "../../../protocol/failure.ts";
import { decoderShape, outputName } from "../decoder-shape.ts";
import { type OpenSession, type Session, SPIN_US } from "../session.ts";
import { onlyPosition } from "../step-feeds.ts";
import { type BlockOptions, blockInputs } from "./blocks.ts";
import { describe } from "./describe.ts";
import { Names } from "./names.ts";
import { CRows } from "./rows.ts";
import { CState } from "./state.ts";
import { cString, fromSlot, type Handle, type OrtApi, openOrt, slot } from "./table.ts";
import { Values } from "./values.ts";

const ERRORS_ONLY = 3;
const SPIN_DURATION = "session.intra_op.spin_duration_us";
/** Measured with SmolLM2, see docs/models.md. */
const DEEP: Deep = { alone: 5_120, inRows: 7_168 };

/** Tokens read before from which a step in blocks takes less time: of a sequence by itself, and of one of several in rows. */
export interface Deep {
  readonly alone: number;
  readonly inRows: number;
}

/** `library` is the path of libonnxruntime. Throws `unavailable` when it or the graph cannot be loaded. */
export function openCSession(options: OpenSession & { library: string; deep?: Deep }): Session {
  const { library, graph, threads, spin, deep = DEEP } = options;
  const api = openOrt(library);
  const environment = slot();
  const name = cString("orrery");
  api.CreateEnv(ERRORS_ONLY, name, environment);
  const session = createSession(api, fromSlot(environment), { graph, threads, spin });
  const shape = decoderShape(describe(api, session, "Input"), describe(api, session, "Output"));
  const inBlocks = blockInputs(shape, describe(api, session, "OverridableInitializer"));
  const values = new Values(api);
  const names = new Names();
  const presents = shape.states.map(({ present }) => present);
  const pasts = shape.states.map(({ past }) => past);

  const run: Session["run"] = async (feeds, memory, wanted) => {
    if (!(memory instanceof CState)) throw new Failure("defect", "a state of another session");
    const fed = Array.from(feeds.values(), (tensor) => values.over(tensor));
    const shown = memory.blocksBefore(onlyPosition(shape, feeds) ?? 0);
    try {
      const inputNames = names.addresses([
        ...feeds.keys(),
        ...pasts,
        ...(shown.length === 0 ? [] : inBlocks!.names),
      ]);
      const outputNames = names.addresses([outputName(shape, wanted), ...presents]);
      const inputs = BigUint64Array.from([...fed, ...memory.pasts, ...shown], BigInt);
      const out = BigUint64Array.from([0, ...memory.presents.map((value) => value ?? 0)], BigInt);
      api.Run(session, null, inputNames, inputs, inputs.length, outputNames, out.length, out);
      const [given, ...states] = Array.from(out, (value) => Number(value) as Handle<"value">);
      memory.advance(states);
      const tensor = wanted === "nothing" ? undefined : values.copy(given!);
      values.release(given!);
      return tensor;
    } finally {
      for (const value of fed) values.release(value);
    }
  };

  const readFrom = (from: number): BlockOptions | undefined => inBlocks && { ...inBlocks, from };
  return {
    runtime: "c-api",
    version: api.version,
    device: "cpu",
    shape,
    openState: (capacity) => new CState(values, shape, capacity, { blocks: readFrom(deep.alone) }),
    ...(shape.together
      ? {
          openRows: (capacity: number, rows: number) =>
            new CRows(values, shape, { capacity, rows, blocks: readFrom(deep.inRows) }),
        }
      : {}),
    run,
    async close() {
      values.close();
      api.ReleaseSession(session);
      api.ReleaseEnv(fromSlot(environment));
    },
  };
}

function createSession(
  api: OrtApi,
  environment: Handle<"environment">,
  { graph, threads, spin }: Pick<OpenSession, "graph" | "threads" | "spin">,
): Handle<"session"> {
  const options = slot();
  api.CreateSessionOptions(options);
  api.SetSessionLogSeverityLevel(fromSlot(options), ERRORS_ONLY);
  api.SetIntraOpNumThreads(fromSlot(options), threads);
  if (!spin) {
    const [key, value] = [cString(SPIN_DURATION), cString(String(SPIN_US))];
    api.AddSessionConfigEntry(fromSlot(options), key, value);
  }
  const session = slot();
  // Windows takes wide characters here; the C API is for Linux, other systems use N-API.
  const path = cString(graph);
  try {
    api.CreateSession(environment, path, fromSlot(options), session);
  } finally {
    api.ReleaseSessionOptions(fromSlot(options));
  }
  return fromSlot(session);
}
