/** What envelopes call their bodies. Apart from the schemas themselves: a node builds only those that it uses. */
import type { Service } from "./service.ts";

/** Schema of `err` bodies. */
export const FAILURE_SCHEMA = "failure";
/** Schema of `end` bodies; the frame itself names the schema of the chunks it closes. */
export const STREAM_END_SCHEMA = "stream-end";

/** Schema name of what a method takes: bodies of `call`, `open`, `event`, and of `job` as `JobCall`. */
export const inputName = (service: Service, method: string): string => `${service.name}.${method}.input`;
/** Schema name of what a method gives: bodies of `ok` and `chunk`, and results of jobs as `JobDone`. Events give nothing. */
export const outputName = (service: Service, method: string): string => `${service.name}.${method}.output`;
