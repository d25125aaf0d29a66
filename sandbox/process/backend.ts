/**
 * Isolates as hardened processes, for operators with neither Wasmtime nor Docker: each case is an interpreter of the
 * host behind a uid drop, namespaces, a system call filter, limits and a control group. Refuses to start without them.
 */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import {
  type CaseResult,
  DEFAULT_LIMITS,
  type IsolateEvidence,
  type IsolateLimits,
  type IsolateRequest,
} from "../../protocol/isolate.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Spawn } from "../../runtime/ports/spawn.ts";
import { checkRequest, refusedSubmission } from "../admission.ts";
import { type Cgroup, type Cgroups, openCgroups } from "../cgroup/cgroups.ts";
import { detectHardening, notHardened, systemProgram } from "../hardening.ts";
import type { IsolateBackend, IsolateLayer, RunOptions } from "../isolate.ts";
import { lostCase } from "../lost-case.ts";
import { inTime, nativeSetup } from "../native/request.ts";
import { verdictOf } from "../native/verdict.ts";
import { asciiJson } from "../python/program.ts";
import { writeFilter } from "../seccomp/file.ts";
import { createForkServer, type ForkServer } from "./fork-server.ts";
import { GuestProcess, type StartGuest } from "./guest-process.ts";
import { findPython, type HostPython } from "./host-python.ts";
import { limitsOf, type Room, roomOf, SERVER_LIMITS, viewOf } from "./settings.ts";
import { createSpares } from "./spares.ts";

export interface ProcessOptions {
  clock: Clock;
  spawn: Spawn;
  /** Where the system call filter is kept. */
  cacheDir: string;
  /** Whether this process is root; then isolates run as `uid`. */
  root: boolean;
  uid?: number;
  /** Interpreters kept ready for cases to come, of the limits that were asked for last; default 2. */
  spares?: number;
  /** Path of a python3; by default the system's own. */
  interpreter?: string;
  /** Folder of this process in /proc, by which control groups are found. */
  proc?: string;
  /** Where a program lies, if it is installed; by default looked up as a shell would. */
  find?: (program: string) => string | null;
}

interface Prepared {
  readonly python: HostPython;
  readonly server: ForkServer;
  readonly groups: Cgroups | undefined;
  readonly engine: string;
}

const RUNS: Pick<IsolateBackend, "name" | "runtimes"> = { name: "process", runtimes: ["python"] };
/** Below this an interpreter may not even start. */
const LEAST_BYTES = 32 * 1024 * 1024;

export function createProcessBackend(options: ProcessOptions): IsolateBackend {
  const { clock } = options;
  let prepared: Promise<Prepared> | undefined;
  let layers: readonly IsolateLayer[] = [];
  let closed = false;
  const close = new AbortController();
  const spares = createSpares(options.spares ?? 2);
  const running = new Set<Promise<unknown>>();

  const prepare = async (signal?: AbortSignal): Promise<Prepared> => {
    if (process.platform !== "linux") {
      throw new Failure("unavailable", "hardened processes need Linux", { retryable: false });
    }
    const abort = signal === undefined ? {} : { signal };
    const filter = await writeFilter(join(options.cacheDir, "seccomp"), "program");
    const privileges = await detectHardening({ ...options, ...abort, filter, all: true });
    const python = await findPython({
      ...abort,
      spawn: options.spawn,
      python: options.interpreter ?? (options.find ?? systemProgram)("python3"),
      privileges: privileges.privileges,
    });
    const hardening = await detectHardening({
      ...{ ...options, ...abort, filter, rlimits: SERVER_LIMITS, forks: true, all: true },
      view: viewOf(python.files),
      probe: [python.path, "-S", "-c", "pass"],
    });
    const server = createForkServer({ command: hardening.wrap(python.server), clock });
    const groups = await openCgroups(options);
    try {
      await proveFork({ server, clock, groups }, signal ?? close.signal);
    } catch (thrown) {
      await server.close();
      await groups?.close();
      throw thrown;
    }
    const around = groups === undefined ? "no control group" : `control groups ${groups.version}`;
    layers = [...hardening.layers, { name: "control-groups", active: groups !== undefined, detail: around }];
    const engine = `python ${python.version}, bubblewrap, seccomp, ${around}`;
    return { python, server, groups, engine };
  };

  const prepareOnce = async (signal?: AbortSignal): Promise<Prepared> => {
    if (closed) throw new Failure("unavailable", "the isolate back end is closed");
    prepared ??= prepare(signal);
    try {
      return await prepared;
    } catch (thrown) {
      prepared = undefined; // a later call may have better luck
      throw thrown;
    }
  };

  const runCase = async (at: Prepared, request: IsolateRequest, index: number, given: RunOptions) => {
    const { limits } = request;
    const signal = given.signal === undefined ? close.signal : AbortSignal.any([given.signal, close.signal]);
    const { nonce, setup } = nativeSetup(request, index);
    const input = request.cases === undefined ? undefined : asciiJson(request.cases[index]);
    const room = roomOf(limits, at.groups !== undefined);
    const order = { rlimits: limitsOf(limits, at.groups !== undefined), diskBytes: room.diskBytes };
    const start = (): StartGuest => ({ server: at.server, order, clock, group: groupOf(at, room) });
    const guest = await spares.take(JSON.stringify([room, order]), start, signal);
    if ("neverStarted" in guest) return unstarted(guest, limits);
    try {
      const report = await guest.run({
        ...{ nonce, limits, signal, tools: request.tools === undefined ? undefined : given.tools },
        input: Buffer.concat([
          part(setup),
          input === undefined ? Buffer.from(request.stdin ?? "") : part(input),
        ]),
      });
      return verdictOf(report, limits, request.cases === undefined);
    } finally {
      await guest.end();
    }
  };

  const track = <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    return work.finally(() => running.delete(work));
  };

  return {
    ...RUNS,
    layers: () => layers,
    async prepare({ signal, onProgress }) {
      if (prepared === undefined) onProgress?.({ label: "trying an isolate", fraction: 0.5 });
      await prepareOnce(signal);
      onProgress?.({ label: "isolates ready", fraction: 1 });
    },
    async check() {
      try {
        const { engine } = await prepareOnce();
        return { ok: true, detail: engine };
      } catch (thrown) {
        const failure = Failure.from(thrown);
        return { ok: false, reason: failure.message, hint: failure.hint ?? "Run `bun run doctor`." };
      }
    },
    async run(request, options = {}) {
      checkRequest(request, RUNS, options.tools);
      const at = await prepareOnce(); // shared by all runs, so that no single one may cancel it
      const refused = refusedSubmission(request);
      if (refused !== undefined) return evidence(request, refused, at);
      const timed = { ...request, limits: inTime(request.limits) };
      const cases: CaseResult[] = [];
      for (let index = 0; index < (request.cases?.length ?? 1); index++) {
        if (options.signal?.aborted) {
          throw new Failure("cancelled", "the isolate was cancelled", { cause: options.signal.reason });
        }
        cases.push(await track(runCase(at, timed, index, options)));
      }
      return evidence(request, cases, at);
    },
    async close() {
      closed = true;
      close.abort(new Error("the isolate back end is closed"));
      await Promise.allSettled(running);
      await spares.close();
      await prepared?.then(
        async ({ server, groups }) => {
          await server.close();
          await groups?.close();
        },
        () => {},
      );
    },
  };
}

/** Tries all that stands around a case. Throws `config` when something is missing. */
async function proveFork(
  { server, clock, groups }: { server: ForkServer; clock: Clock; groups: Cgroups | undefined },
  signal: AbortSignal,
): Promise<void> {
  const room = roomOf(DEFAULT_LIMITS, groups !== undefined);
  const order = { rlimits: limitsOf(DEFAULT_LIMITS, groups !== undefined), diskBytes: room.diskBytes };
  const guest = new GuestProcess({ server, order, clock, group: groupOf({ groups }, room) });
  const refused = await guest.ready(signal);
  await guest.end();
  if (signal.aborted) throw new Failure("cancelled", "the trial was cancelled", { cause: signal.reason });
  if (refused !== undefined) throw notHardened(refused.neverStarted, true);
}

/** Nothing runs outside of a group where there are groups. */
function groupOf({ groups }: Pick<Prepared, "groups">, room: Room): Cgroup | undefined {
  try {
    return groups?.make(room);
  } catch (cause) {
    throw new Failure("unavailable", "a control group for an isolate cannot be made", { cause });
  }
}

/** A part of the input as the harness takes it: sixteen places of length, then the text, which is ASCII. */
const part = (text: string): Buffer => Buffer.from(String(text.length).padStart(16) + text);

/** An interpreter that does not fit its memory is the request's doing, everything else before it runs is ours. */
function unstarted({ neverStarted }: { neverStarted: string }, limits: IsolateLimits): CaseResult {
  if (limits.memoryBytes >= LEAST_BYTES) {
    throw new Failure("unavailable", "an isolate cannot be started", { meta: { said: neverStarted } });
  }
  const detail = `needs more than ${limits.memoryBytes} bytes to start`;
  return lostCase({ ended: "memory-limit", wallMs: 0, detail });
}

const evidence = (request: IsolateRequest, cases: CaseResult[], at: Prepared): IsolateEvidence => ({
  cases,
  isolate: {
    backend: "process",
    engine: at.engine,
    runtime: request.runtime,
    digest: at.python.digest,
    limits: request.limits,
  },
});
