/** Handing out durable work, and taking its results. */
import { decodeEnvelope } from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import { methodSubject, resultSubject } from "../../protocol/subject.ts";
import type { Context } from "../context.ts";
import type { EnqueueOptions, JobResult, Served } from "../services.ts";
import { CallContext } from "./call-context.ts";
import { checkNotCancelled, deadlineOf } from "./call-options.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Wire } from "./wire.ts";

/** Room for what is around the declared body. */
export const JOB_OVERHEAD_BYTES = 512;
/** A result is tried this often: what handles it is ours, and a lost one would leave its job open for ever. */
const RESULT_DELIVERIES = 20;
const RESULT_ACK_WAIT_MS = 30_000;

/**
 * Names a job across all subjects and requesters. Who asks is part of it: two that want the same work done both
 * want its result.
 */
export const jobId = (endpoint: Endpoint, key: string | undefined, requester: string, id: string): string =>
  `${endpoint.service.name}.v${endpoint.version}.${endpoint.name}${key === undefined ? "" : `.${key}`}@${requester}:${id}`;

export async function enqueue(
  wire: Wire,
  endpoint: Endpoint,
  input: unknown,
  options: EnqueueOptions,
): Promise<{ duplicate: boolean }> {
  checkNotCancelled(endpoint, options);
  // The parent's deadline bounds this call, not the work: durable work outlives the turn that asked for it.
  deadlineOf(wire, endpoint, options);
  const { resultsTo, key, id } = options;
  const body: Record<string, unknown> = { input };
  if (resultsTo !== undefined) body.resultsTo = resultsTo;
  const data = wire.encode(
    "job",
    endpoint,
    { id, deadline: options.deadline, parent: options.parent },
    body,
    endpoint.maxBytes + JOB_OVERHEAD_BYTES,
  );
  // The receiver would only find out when nobody waits any more.
  endpoint.readJobCall(endpoint.inputVersion, JSON.parse(JSON.stringify(body)));
  try {
    const subject = methodSubject(wire.net, endpoint.service, endpoint.name, key);
    const stored = await wire.transport.jobs.enqueue(subject, data, {
      id: jobId(endpoint, key, resultsTo ?? "", id),
    });
    endpoint.calls.add(stored.duplicate ? "duplicate" : "ok");
    return stored;
  } catch (thrown) {
    const failure = Failure.from(thrown, "unavailable");
    endpoint.calls.add(failure.code);
    throw failure;
  }
}

export async function takeResults(
  wire: Wire,
  endpoint: Endpoint,
  name: string,
  handler: (result: JobResult<unknown>, context: Context) => Promise<void>,
  options: { concurrency?: number } | undefined,
): Promise<Served> {
  const what = `result of ${endpoint.title}`;
  return wire.transport.jobs.consume(
    resultSubject(wire.net, endpoint.service, endpoint.name, name),
    { concurrency: options?.concurrency ?? 8, ackWaitMs: RESULT_ACK_WAIT_MS, maxDeliver: RESULT_DELIVERIES },
    async (delivery, signal) => {
      const envelope = decodeEnvelope(delivery.data, { maxBytes: endpoint.maxBytes + JOB_OVERHEAD_BYTES });
      const id = envelope.causation;
      if (envelope.type !== "ok" || id === undefined) {
        throw new Failure("malformed", `${what} is not one`, { meta: { type: envelope.type } });
      }
      const done = endpoint.readJobDone(envelope);
      const context = new CallContext(wire, endpoint, envelope, {
        deadline: wire.clock.now() + endpoint.timeoutMs,
        key: undefined,
        delivery: delivery.delivery,
      });
      const stop = () => context.stop(new Failure("cancelled", "the results queue is drained"));
      signal.addEventListener("abort", stop, { once: true });
      try {
        await handler(
          done.ok
            ? { id, ok: true, value: done.value }
            : { id, ok: false, failure: Failure.fromWire(done.failure) },
          context,
        );
      } finally {
        context.end();
        signal.removeEventListener("abort", stop);
      }
    },
  );
}
