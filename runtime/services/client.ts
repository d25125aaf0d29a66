/** The typed client of a service: each method speaks as its declaration says. */
import type { Methods, Service } from "../../protocol/service.ts";
import { methodSubject } from "../../protocol/subject.ts";
import type { CallOptions, Client, EnqueueOptions } from "../services.ts";
import type { Endpoint } from "./endpoint.ts";
import { publishEvent, subscribeEvent } from "./events.ts";
import { enqueue, takeResults } from "./job-client.ts";
import { ask } from "./request-client.ts";
import { StreamReader } from "./stream-reader.ts";
import type { Wire } from "./wire.ts";

/** Subjects of keys that were called, remembered; cleared whole when full. */
const KEYS_LIMIT = 4_096;

export function clientOf<M extends Methods>(wire: Wire, service: Service<M>): Client<M> {
  const methods: Record<string, unknown> = {};
  for (const name of Object.keys(service.methods)) {
    methods[name] = methodClient(wire, wire.endpoint(service as Service, name));
  }
  return methods as Client<M>;
}

function methodClient(wire: Wire, endpoint: Endpoint): unknown {
  const subjectOf = subjects(wire, endpoint);
  switch (endpoint.method.kind) {
    case "request":
      return (input: unknown, options?: CallOptions) => ask(wire, endpoint, subjectOf, input, options);
    case "stream":
      return (input: unknown, options?: CallOptions): AsyncIterable<unknown> => {
        const subject = subjectOf(options?.key);
        return {
          [Symbol.asyncIterator]: () => new StreamReader(wire, endpoint, subject, input, options),
        };
      };
    case "event":
      return {
        publish: (body: unknown, options?: CallOptions) =>
          publishEvent(wire, endpoint, subjectOf(options?.key), body, options),
        subscribe: (handler: Parameters<typeof subscribeEvent>[2], options?: { key?: string }) =>
          subscribeEvent(wire, endpoint, handler, options),
      };
    case "job":
      return {
        enqueue: (input: unknown, options: EnqueueOptions) => enqueue(wire, endpoint, input, options),
        results: (
          name: string,
          handler: Parameters<typeof takeResults>[3],
          options?: { concurrency?: number },
        ) => takeResults(wire, endpoint, name, handler, options),
      };
  }
}

function subjects(wire: Wire, endpoint: Endpoint): (key: string | undefined) => string {
  const known = new Map<string | undefined, string>();
  return (key) => {
    let subject = known.get(key);
    if (subject === undefined) {
      subject = methodSubject(wire.net, endpoint.service, endpoint.name, key);
      if (known.size >= KEYS_LIMIT) known.clear();
      known.set(key, subject);
    }
    return subject;
  };
}
