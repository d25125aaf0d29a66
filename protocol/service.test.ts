import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { event, implement, job, MAX_METHOD_BYTES, request, service, stream } from "./service.ts";

const options = { servedBy: ["sandbox"], summary: "A service." } as const;
const calledBy = ["validator"] as const;
const text = z.string().max(10);

describe("a service", () => {
  test("is a value that keeps kind, schemas and options of each method", () => {
    const declared = service("probe", 2, options, {
      ask: request(text, z.number(), { calledBy, timeoutMs: 5 }),
      watch: stream(text, text, { calledBy, key: "uid" }),
      work: job(text, text, { calledBy }),
      tell: event(text, { calledBy }),
    });
    expect(Object.entries(declared.methods).map(([name, { kind }]) => [name, kind])).toEqual([
      ["ask", "request"],
      ["watch", "stream"],
      ["work", "job"],
      ["tell", "event"],
    ]);
    expect(declared.methods.ask.timeoutMs).toBe(5);
    expect(declared.methods.watch.key).toBe("uid");
    expect(declared.methods.tell.output).toBe(declared.methods.tell.input);
  });

  for (const name of ["Probe", "pro.be", "", "1st", "p*", "x".repeat(33)]) {
    test(`cannot be called ${JSON.stringify(name)}, which is no subject token`, () => {
      expect(() => service(name, 1, options, {})).toThrow(TypeError);
    });
  }

  for (const version of [0, -1, 1.5, Number.NaN, 10_000]) {
    test(`cannot have version ${version}`, () => {
      expect(() => service("probe", version, options, {})).toThrow(TypeError);
    });
  }

  for (const method of ["ask_done", "ask.now", "Ask", "", ">", "ask_ctl"]) {
    test(`cannot have a method ${JSON.stringify(method)}: derived channels and wildcards stay free`, () => {
      expect(() => service("probe", 1, options, { [method]: request(text, text, { calledBy }) })).toThrow(
        TypeError,
      );
    });
  }

  for (const maxBytes of [0, -1, Number.NaN, MAX_METHOD_BYTES + 1]) {
    test(`cannot allow bodies of ${maxBytes} bytes`, () => {
      const ask = request(text, text, { calledBy, maxBytes });
      expect(() => service("probe", 1, options, { ask })).toThrow(/use a blob or a stream/);
    });
  }

  test("is implemented by handlers of the declared types", async () => {
    const declared = service("probe", 1, options, { ask: request(text, z.number(), { calledBy }) });
    const { handlers } = implement(declared, { ask: async (input: string) => input.length });
    expect(await handlers.ask("four", undefined as never)).toBe(4);
  });
});
