/** How a job and its result travel: the declared input and output with what brings the result home. */
import { z } from "zod";
import { WireFailure } from "./failure.ts";
import type { JobMethod } from "./service.ts";
import { carrying } from "./versions.ts";

const Requester = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** The body on a job's subject; the envelope's id is the idempotency key. */
export const JobCall = <In extends z.ZodType>(method: Pick<JobMethod<In>, "input">) =>
  carrying(
    z.object({
      /** Whose results queue gets the result; discarded when absent. */
      resultsTo: Requester.optional(),
      input: method.input,
    }),
    "input",
    method.input,
  );

/** The body on `<method>_done.<requester>`; the envelope's causation is the idempotency key of the job. */
export const JobDone = <Out extends z.ZodType>(method: Pick<JobMethod<z.ZodType, Out>, "output">) =>
  carrying(
    z.discriminatedUnion("ok", [
      z.object({ ok: z.literal(true), value: method.output }),
      z.object({ ok: z.literal(false), failure: WireFailure }),
    ]),
    "value",
    method.output,
  );
