/** Isolates in Docker: one container per submission, destroyed after its last case; a fresh interpreter per case. */
import type Docker from "dockerode";
import { Failure } from "../../protocol/failure.ts";
import {
  type CaseResult,
  DEFAULT_LIMITS,
  type IsolateEvidence,
  type IsolateLimits,
  type IsolateRequest,
} from "../../protocol/isolate.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { checkRequest, refusedSubmission } from "../admission.ts";
import type { IsolateBackend } from "../isolate.ts";
import { lostCase } from "../lost-case.ts";
import { inTime, nativeSetup } from "../native/request.ts";
import { verdictOf } from "../native/verdict.ts";
import { asciiJson } from "../python/program.ts";
import { type GuestRequest, IsolateContainer } from "./container.ts";
import { connectEngine, type EngineAddress, engineCall } from "./engine.ts";
import { DEFAULT_IMAGE, findImage, guestDigest } from "./image.ts";
import { removeOrphans } from "./orphans.ts";
import { shapeOf } from "./settings.ts";

export interface DockerOptions extends EngineAddress {
  clock: Clock;
  /** Runner image, by name or id; default `orrery-runner`. */
  image?: string | undefined;
  /** Runtime of the engine, e.g. `runsc`. */
  runtime?: string | undefined;
  /** Name of the node in the labels of its containers. */
  node?: string;
  /** Containers kept ready for submissions to come, of the limits that were asked for last; default 1. */
  spares?: number;
}

interface Prepared {
  readonly engine: Docker;
  readonly image: string;
  readonly identity: string;
}

const RUNS: Pick<IsolateBackend, "name" | "runtimes"> = { name: "docker", runtimes: ["python"] };

export function createDockerBackend(options: DockerOptions): IsolateBackend {
  const { clock, runtime, node = "local", spares: mostSpares = 1 } = options;
  let prepared: Promise<Prepared> | undefined;
  let closed = false;
  const live = new Set<IsolateContainer>();
  const going = new Set<Promise<unknown>>();
  let spares: { shape: string; container: IsolateContainer }[] = [];

  const start = async (at: Prepared, limits: IsolateLimits, signal?: AbortSignal) => {
    const settings = { image: at.image, limits, node, runtime };
    const container = await IsolateContainer.start({ engine: at.engine, clock, settings, signal });
    if (closed) {
      await container.remove();
      throw new Failure("unavailable", "the isolate back end is closed");
    }
    live.add(container);
    return container;
  };

  /** Removes in the background: nobody waits for it but `close`. */
  const discard = (container: IsolateContainer): Promise<void> => {
    live.delete(container);
    return track(container.remove().catch(() => {})); // what cannot be removed now is an orphan for the next start
  };

  const track = <T>(work: Promise<T>): Promise<T> => {
    going.add(work);
    return work.finally(() => going.delete(work));
  };

  /** A spare of that shape, or a new container. */
  const take = async (at: Prepared, limits: IsolateLimits, signal?: AbortSignal) => {
    const shape = shapeOf(limits);
    const fitting = spares.findIndex((spare) => spare.shape === shape && spare.container.alive);
    return fitting < 0 ? await start(at, limits, signal) : spares.splice(fitting, 1)[0]!.container;
  };

  /** Makes spares of the shape asked for last, in place of those that nobody asks for. */
  const restock = async (at: Prepared, limits: IsolateLimits): Promise<void> => {
    const shape = shapeOf(limits);
    const useful = spares.filter((spare) => spare.shape === shape && spare.container.alive);
    for (const spare of spares) if (!useful.includes(spare)) void discard(spare.container);
    spares = useful;
    if (closed || spares.length >= mostSpares) return;
    const container = await start(at, limits).catch(() => undefined); // the next run says why
    if (container === undefined) return;
    if (spares.length < mostSpares && !closed) spares.push({ shape, container });
    else await discard(container);
  };

  const prepare = async ({ signal }: { signal?: AbortSignal }): Promise<Prepared> => {
    const engine = await connectEngine(options);
    const version = await engineCall("Docker cannot be used", () => engine.version());
    await checkEngine(engine);
    const image = await findImage(engine, options.image ?? DEFAULT_IMAGE);
    await removeOrphans(engine, clock);
    const guest = (await guestDigest()).slice(0, 12);
    const identity = `docker ${version!.Version} ${runtime ?? "default runtime"} guest ${guest}`;
    const at: Prepared = { engine, image, identity };
    const container = await start(at, DEFAULT_LIMITS, signal); // the proof, and the first spare
    if (mostSpares > 0) spares.push({ shape: shapeOf(DEFAULT_LIMITS), container });
    else await discard(container);
    return at;
  };

  const prepareOnce = async (given: { signal?: AbortSignal }): Promise<Prepared> => {
    if (closed) throw new Failure("unavailable", "the isolate back end is closed");
    prepared ??= prepare(given);
    try {
      return await prepared;
    } catch (thrown) {
      prepared = undefined; // a later call may have better luck
      throw thrown;
    }
  };

  return {
    ...RUNS,
    async prepare({ signal, onProgress }) {
      if (prepared === undefined) onProgress?.({ label: "trying an isolate in Docker", fraction: 0.5 });
      await prepareOnce(signal === undefined ? {} : { signal });
      onProgress?.({ label: "isolates ready", fraction: 1 });
    },
    async check() {
      try {
        const { identity, image } = await prepareOnce({});
        return { ok: true, detail: `${identity}, image ${image.slice(0, 19)}` };
      } catch (thrown) {
        const failure = Failure.from(thrown);
        return { ok: false, reason: failure.message, hint: failure.hint ?? "Run `bun run doctor`." };
      }
    },
    async run(request, options = {}) {
      const { signal, tools } = options;
      checkRequest(request, RUNS, tools);
      const at = await prepareOnce({}); // shared by all runs, so that no single one may cancel it
      const refused = refusedSubmission(request);
      if (refused !== undefined) return evidence(request, refused, at);
      const limits = inTime(request.limits);
      const inputs = request.cases?.map((input) => asciiJson(input)) ?? [""];
      const results: CaseResult[] = [];
      let container: IsolateContainer | undefined;
      try {
        for (const [index, input] of inputs.entries()) {
          if (signal?.aborted) {
            throw new Failure("cancelled", "the isolate was cancelled", { cause: signal.reason });
          }
          container ??= await take(at, limits, signal);
          const guest = guestRequest({ ...request, limits }, input, index);
          const asked = await container.ask(guest, limits.wallMs, options);
          results.push(
            "report" in asked
              ? verdictOf(asked.report, limits, request.cases === undefined)
              : lostCase(asked),
          );
          if ("report" in asked && asked.clean) continue;
          void discard(container);
          container = undefined;
        }
      } finally {
        if (container !== undefined) void discard(container);
        void track(restock(at, limits)).catch(() => {});
      }
      return evidence(request, results, at);
    },
    async close() {
      closed = true;
      spares = [];
      await Promise.allSettled([...live].map(discard));
      while (going.size > 0) await Promise.allSettled(going);
      await Promise.allSettled([...live].map(discard));
    },
  };
}

/** Refuses an engine that would take our limits and not keep them. */
async function checkEngine(engine: Docker): Promise<void> {
  const info = await engineCall("Docker cannot be asked what it can do", () => engine.info());
  const { MemoryLimit, PidsLimit, CpuCfsQuota, SecurityOptions, OSType } = info;
  const lacks = [
    ...(OSType === "linux" ? [] : ["Linux containers"]),
    ...(MemoryLimit ? [] : ["memory limits"]),
    ...(PidsLimit ? [] : ["process limits"]),
    ...(CpuCfsQuota ? [] : ["CPU limits"]),
    ...(String(SecurityOptions).includes("seccomp") ? [] : ["seccomp"]),
  ];
  if (lacks.length === 0) return;
  throw new Failure("unavailable", `this Docker engine has no ${lacks.join(", ")}`, {
    hint: "Rootless engines need cgroup version 2 with delegation: see docs/isolates.md.",
    retryable: false,
  });
}

function guestRequest(request: IsolateRequest, input: string, index: number): GuestRequest {
  const { seed, limits, stdin = "" } = request;
  const { nonce, setup } = nativeSetup(request, index);
  const tools = request.tools !== undefined;
  return [JSON.stringify({ nonce, seed, limits, tools }), setup, input, stdin];
}

const evidence = (request: IsolateRequest, cases: CaseResult[], at: Prepared): IsolateEvidence => ({
  cases,
  isolate: {
    backend: "docker",
    engine: at.identity,
    runtime: request.runtime,
    digest: at.image.replace(/^sha256:/, ""),
    limits: request.limits,
  },
});
