import { expect, test } from "bun:test";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { implement, job, service } from "../../protocol/service.ts";
import type { Context } from "../../runtime/context.ts";
import type { JobResult, ServeOptions } from "../../runtime/services.ts";
import { eventually, failureOf, utf8 } from "./harness.ts";
import type { Party, ServiceBench } from "./service-bench.ts";

const Work = z.object({ n: z.number().int() });
const Result = z.object({ n: z.number().int() });
type Done = JobResult<z.output<typeof Result>>;

export function specifyServiceJobs(bench: ServiceBench): void {
  const declare = () =>
    service(
      bench.freshName(),
      1,
      { servedBy: ["sandbox"], summary: "Under test." },
      {
        run: job(Work, Result, { calledBy: ["validator"], timeoutMs: 60_000 }),
      },
    );
  type Declared = ReturnType<typeof declare>;
  type Run = (input: { n: number }, context: Context) => Promise<{ n: number }>;
  const until = (what: string, condition: () => boolean | Promise<boolean>) =>
    eventually(bench.harness.clock, what, condition);
  const serve = (party: Party, declared: Declared, run: Run, options?: ServeOptions) =>
    bench.serving(party.services.serve(implement(declared, { run }), options));
  const results = async (party: Party, declared: Declared) => {
    const got: Done[] = [];
    await bench.serving(
      party.services.client(declared).run.results("validator", async (result) => void got.push(result)),
    );
    return got;
  };

  test("does the work and brings the result home", async () => {
    const declared = declare();
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    const got = await results(validator, declared);
    await serve(sandbox, declared, async ({ n }) => ({ n: n * 2 }));
    const { run } = validator.services.client(declared);
    expect(await run.enqueue({ n: 21 }, { id: "a/1", resultsTo: "validator" })).toEqual({ duplicate: false });
    await until("the result came", () => got.length === 1);
    expect(got).toEqual([{ id: "a/1", ok: true, value: { n: 42 } }]);
  });

  test("keeps the result until its requester is back", async () => {
    const declared = declare();
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    let done = 0;
    await serve(sandbox, declared, async ({ n }) => {
      done++;
      return { n };
    });
    await validator.services.client(declared).run.enqueue({ n: 1 }, { id: "a", resultsTo: "validator" });
    await until("it was done", () => done === 1);
    const again = await bench.party("validator");
    const got = await results(again, declared);
    await until("the result came", () => got.length === 1);
    expect(got[0]).toMatchObject({ id: "a", ok: true });
  });

  test("does one id once", async () => {
    const declared = declare();
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    const got = await results(validator, declared);
    let done = 0;
    await serve(sandbox, declared, async ({ n }) => {
      done++;
      return { n };
    });
    const { run } = validator.services.client(declared);
    for (let n = 0; n < 3; n++) await run.enqueue({ n }, { id: "same", resultsTo: "validator" });
    await run.enqueue({ n: 9 }, { id: "other", resultsTo: "validator" });
    await until("both results came", () => got.length === 2);
    expect(done).toBe(2);
  });

  test("does the same id of two methods twice", async () => {
    const [one, two] = [declare(), declare()];
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    let done = 0;
    for (const declared of [one, two]) {
      await serve(sandbox, declared, async ({ n }) => {
        done++;
        return { n };
      });
      expect(await validator.services.client(declared).run.enqueue({ n: 1 }, { id: "x" })).toEqual({
        duplicate: false,
      });
    }
    await until("both were done", () => done === 2);
  });

  test("delivers one result for a job that was done twice", async () => {
    const declared = declare();
    const [validator, first] = [await bench.party("validator"), await bench.party("first")];
    const got = await results(validator, declared);
    let runs = 0;
    const options = { ackWaitMs: 400, maxDeliver: 5 };
    // Not drained at the end: the dead do not answer.
    const doomed = implement(declared, {
      async run({ n }) {
        runs++;
        await bench.harness.clock.sleep(1_000_000);
        return { n };
      },
    });
    await first.services.serve(doomed, options);
    await validator.services.client(declared).run.enqueue({ n: 1 }, { id: "twice", resultsTo: "validator" });
    await until("the first has it", () => runs === 1);
    await bench.harness.kill(first.transport);
    const second = await bench.party("second");
    await serve(
      second,
      declared,
      async ({ n }, { delivery }) => {
        runs++;
        expect(delivery).toBeGreaterThan(1);
        return { n };
      },
      options,
    );
    await until("the result came", () => got.length === 1);
    await bench.harness.clock.sleep(500);
    expect(got.length).toBe(1);
    expect(runs).toBe(2);
  });

  test("brings a terminal failure home, and keeps the job as a dead letter", async () => {
    const declared = declare();
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    const got = await results(validator, declared);
    await serve(sandbox, declared, async () => {
      throw new Failure("policy", "not with us", { meta: { rule: 7 } });
    });
    await validator.services.client(declared).run.enqueue({ n: 1 }, { id: "bad", resultsTo: "validator" });
    await until("the result came", () => got.length === 1);
    expect(got[0]).toMatchObject({ id: "bad", ok: false });
    expect(got[0]!.ok === false && got[0]!.failure).toMatchObject({ code: "policy", meta: { rule: 7 } });
    await until("it is a dead letter", async () =>
      (await sandbox.transport.jobs.dead.list({ limit: 10 })).some(({ subject }) =>
        subject.includes(declared.name),
      ),
    );
  });

  test("tries again after a retryable failure, and brings the last one home", async () => {
    const declared = declare();
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    const got = await results(validator, declared);
    const deliveries: number[] = [];
    await serve(
      sandbox,
      declared,
      async (_, { delivery }) => {
        deliveries.push(delivery);
        throw new Failure("unavailable", "no Docker", { retryAfterMs: 10 });
      },
      { maxDeliver: 3 },
    );
    await validator.services.client(declared).run.enqueue({ n: 1 }, { id: "never", resultsTo: "validator" });
    await until("the result came", () => got.length === 1);
    expect(deliveries).toEqual([1, 2, 3]);
    expect(got[0]!.ok === false && got[0]!.failure).toMatchObject({
      code: "unavailable",
      message: "no Docker",
    });
  });

  test("refuses a malformed input before it is stored", async () => {
    const declared = declare();
    const validator = await bench.party("validator");
    const { run } = validator.services.client(declared);
    expect((await failureOf(run.enqueue({ n: "x" } as never, { id: "m" }))).code).toBe("malformed");
    expect((await failureOf(run.enqueue({ n: 1 }, { id: "no blanks" }))).code).toBe("malformed");
  });

  test("keeps what is no job as a dead letter, and works on", async () => {
    const declared = declare();
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    const done: number[] = [];
    await serve(sandbox, declared, async ({ n }) => {
      done.push(n);
      return { n };
    });
    const subject = `orr.${bench.harness.net}.${declared.name}.v1.run`;
    await validator.transport.jobs.enqueue(subject, utf8("noise"), { id: `${declared.name}-noise` });
    await validator.services.client(declared).run.enqueue({ n: 1 }, { id: "good" });
    await until("the good one was done", () => done.length === 1);
    await until("the noise is a dead letter", async () =>
      (await sandbox.transport.jobs.dead.list({ limit: 10 })).some(
        (letter) => letter.id === `${declared.name}-noise`,
      ),
    );
  });

  test("never executes an expired job: its requester is told", async () => {
    const declared = declare();
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    const got = await results(validator, declared);
    const { run } = validator.services.client(declared);
    const deadline = bench.harness.clock.now() + 300;
    await run.enqueue({ n: 1 }, { id: "late", resultsTo: "validator", deadline });
    await until("its time is over", () => bench.harness.clock.now() > deadline);
    let ran = 0;
    await serve(sandbox, declared, async ({ n }) => {
      ran++;
      return { n };
    });
    await until("the result came", () => got.length === 1);
    expect(got[0]!.ok === false && got[0]!.failure.code).toBe("expired");
    expect(ran).toBe(0);
  });

  test("delivers a result again when its handler failed", async () => {
    const declared = declare();
    const [validator, sandbox] = [await bench.party("validator"), await bench.party("sandbox")];
    await serve(sandbox, declared, async ({ n }) => ({ n }));
    const tries: number[] = [];
    await bench.serving(
      validator.services.client(declared).run.results("validator", async (_, { delivery }) => {
        tries.push(delivery);
        if (delivery === 1) throw new Failure("storage", "disk full", { retryAfterMs: 10 });
      }),
    );
    await validator.services.client(declared).run.enqueue({ n: 1 }, { id: "r", resultsTo: "validator" });
    await until("it came again", () => tries.length === 2);
    expect(tries).toEqual([1, 2]);
  });

  test("gives jobs back when drained, for somebody else to do", async () => {
    const declared = declare();
    const [validator, first] = [await bench.party("validator"), await bench.party("first")];
    const got = await results(validator, declared);
    let started = false;
    const served = await serve(first, declared, async (_, { signal }) => {
      started = true;
      await bench.harness.clock.sleep(1_000_000, signal);
      return { n: 0 };
    });
    await validator.services.client(declared).run.enqueue({ n: 5 }, { id: "moved", resultsTo: "validator" });
    await until("the first has it", () => started);
    const report = await served.drain({ deadline: bench.harness.clock.now() + 50 });
    expect(report).toEqual({ finished: 0, returned: 1 });
    await serve(await bench.party("second"), declared, async ({ n }) => ({ n }));
    await until("the result came", () => got.length === 1);
    expect(got[0]).toEqual({ id: "moved", ok: true, value: { n: 5 } });
  });
}
