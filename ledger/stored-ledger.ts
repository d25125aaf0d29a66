/** The ledger port on any store: checks, group commit, projections and listeners are the same for all of them. */
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import { Name } from "../protocol/ids.ts";
import type { Clock } from "../runtime/ports/clock.ts";
import { breather } from "./breather.ts";
import { Key, Type, toEvent } from "./event.ts";
import { groupCommit } from "./group-commit.ts";
import type { Ledger } from "./ledger.ts";
import { projector } from "./projector.ts";
import { appendRequest } from "./request.ts";
import type { LedgerStore } from "./store.ts";
import { verifyChain } from "./verify.ts";

const MAX_READ = 10_000;
const MAX_LISTENERS = 1_024;
const MAX_REASON = 1_000;

const Limit = z.number().int().min(1).max(MAX_READ);
const ReadOptions = z.object({
  after: z.number().int().nonnegative().default(0),
  limit: Limit.default(1_000),
  subnet: Name.optional(),
  types: z.array(Type).max(64).readonly().optional(),
});
const EffectOptions = z.object({
  kind: Type.optional(),
  limit: Limit,
  maxAttempts: z.number().int().positive().optional(),
});

export function storedLedger(store: LedgerStore, clock: Clock): Ledger {
  const breathe = breather(clock);
  const projections = projector(store, breathe);
  const listeners = new Set<() => void>();
  const notify = () => {
    // In turns of their own: a listener that throws fails no append.
    for (const listener of listeners) void Promise.resolve().then(listener);
  };
  const commits = groupCommit({
    breathe,
    commit: async (batch) => {
      const outcomes = await store.commit(batch);
      if (outcomes.some((outcome) => Array.isArray(outcome) && outcome.some((result) => !result.duplicate)))
        notify();
      return outcomes;
    },
  });
  let watching: { cancel(): void } | undefined;
  let closing: Promise<void> | undefined;
  const open = () => {
    if (closing !== undefined)
      throw new Failure("draining", "The ledger is closed", { hint: "Open it again, or ask another node" });
  };

  return {
    async append(events, options = {}) {
      open();
      const request = appendRequest(events, options, clock.now());
      if (request.events.length === 0 && request.fence === undefined) return [];
      const results = await commits.add(request);
      return results.map(({ row, duplicate }) => ({ event: toEvent(row), duplicate }));
    },
    async read(options = {}) {
      open();
      return (await store.events(checked(ReadOptions, options))).map(toEvent);
    },
    async get(subnet, type, key) {
      open();
      const row = await store.find({ subnet, type, key });
      return row && toEvent(row);
    },
    async head() {
      open();
      return store.head();
    },
    async verify(options) {
      open();
      return verifyChain(store, breathe, options);
    },
    onAppend(listener) {
      open();
      if (listeners.size >= MAX_LISTENERS)
        throw new Failure("limit", "Too many listen to the ledger", {
          owner: "validator",
          hint: "Cancel listeners that are done",
          meta: { limit: MAX_LISTENERS },
        });
      // Wrapped, so that the same function may listen twice and each be cancelled alone.
      const own = () => listener();
      listeners.add(own);
      watching ??= store.watch(notify);
      return {
        cancel() {
          listeners.delete(own);
          if (listeners.size > 0) return;
          watching?.cancel();
          watching = undefined;
        },
      };
    },
    async effects(options) {
      open();
      const { kind, limit, maxAttempts } = checked(EffectOptions, options);
      return store.effects({
        limit,
        ...(kind !== undefined && { kind }),
        ...(maxAttempts !== undefined && { maxAttempts }),
      });
    },
    async effectDone(id) {
      open();
      await store.effectDone(checked(Key, id));
    },
    async effectFailed(id, reason) {
      open();
      await store.effectFailed(checked(Key, id), reason.slice(0, MAX_REASON));
    },
    async project(projection) {
      open();
      return projections.project(projection);
    },
    async rebuild(name) {
      open();
      await projections.rebuild(name);
    },
    close() {
      closing ??= (async () => {
        watching?.cancel();
        listeners.clear();
        await commits.idle();
        await projections.flush();
        await store.close();
      })();
      return closing;
    },
  };
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Failure("malformed", "The ledger cannot be asked this", {
    hint: `Correct ${issue?.path.join(".") || "the value"}: ${issue?.message}`,
  });
}
