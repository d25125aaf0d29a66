import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_TOOL_REQUEST } from "../tool-channel.ts";
import { EndGuest, Guest } from "./guest.ts";
import type { GuestRequest, Outside } from "./guest-run.ts";

type AnswerTool = NonNullable<Outside["answerTool"]>;

const request: GuestRequest = {
  answers: "harness",
  files: {},
  loop: false,
  args: ["python", "-c", "pass"],
  env: ["PYTHONHASHSEED=1"],
  stdin: "hello",
  inputs: ["41"],
  nonce: "secret",
  seed: 1,
  fuel: 1_000,
  cpuMs: 100,
  wallMs: 1_000,
  memoryBytes: 65_536,
  outputBytes: 1_000,
  tools: false,
};

/** A guest with one page of memory, called as Wasm would call it. */
function guest(changes: Partial<GuestRequest> = {}, answerTool?: AnswerTool) {
  const made = new Guest({ ...request, ...changes }, answerTool === undefined ? {} : { answerTool });
  const buffer = new ArrayBuffer(65_536);
  made.memory.attach(buffer);
  const view = new DataView(buffer);
  const call = (name: string, ...args: number[]) =>
    made.call(name, { u32: (index) => (args[index] ?? 0) >>> 0 });
  /** Puts text at 1024 and a vector for it at 512. */
  const vector = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    new Uint8Array(buffer, 1_024, bytes.length).set(bytes);
    view.setUint32(512, 1_024, true);
    view.setUint32(516, bytes.length, true);
  };
  const write = (descriptor: number, text: string) => {
    vector(text);
    return call("fd_write", descriptor, 512, 1, 8);
  };
  const read = (descriptor: number, size: number) => {
    vector(" ".repeat(size));
    expect(call("fd_read", descriptor, 512, 1, 8)).toBe(0);
    return new TextDecoder().decode(new Uint8Array(buffer, 1_024, view.getUint32(8, true)));
  };
  return { made, view, call, write, read };
}

const endOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof EndGuest) return error.end;
    throw error;
  }
  return "goes on";
};

describe("a guest's world", () => {
  test("whatever a guest passes, a call answers an errno, ends the guest, or names an address out of range", () => {
    const names = [
      ...Object.keys(new Guest(request).functions),
      "path_open",
      "sock_send",
      "no_such_function",
    ];
    const word = fc.oneof(
      fc.integer({ min: 0, max: 2_000 }),
      fc.constantFrom(0xffff_ffff, 0x8000_0000, 65_535),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...names), fc.array(word, { minLength: 9, maxLength: 9 }))),
        (calls) => {
          const { call } = guest();
          for (const [name, args] of calls) {
            try {
              expect(call(name, ...args)).toBeWithin(0, 77);
            } catch (error) {
              expect(error instanceof RangeError || error instanceof EndGuest).toBe(true);
            }
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("has no file system and no network", () => {
    const { call } = guest();
    for (const name of ["path_open", "path_symlink", "fd_readdir", "sock_accept", "sock_send"]) {
      expect(call(name, 3)).toBe(76);
    }
    expect(call("fd_prestat_get", 3)).toBe(8);
  });

  test("reads its standard input and the inputs of its own case, then the end", () => {
    const { read } = guest();
    expect([read(0, 3), read(0, 10), read(0, 10)]).toEqual(["hel", "lo", ""]);
    expect([read(1, 16), read(1, 10), read(1, 16)]).toEqual(["0000000000000002", "41", ""]);
  });

  test("takes the first message with the nonce for the result and ends there", () => {
    const { made, write } = guest();
    expect(endOf(() => write(0, "noise"))).toBe("goes on");
    expect(made.result).toBeUndefined();
    expect(endOf(() => write(0, "secretV42"))).toBe("result");
    expect([made.result?.kind, made.result?.body.toString()]).toEqual(["V", "42"]);
  });

  test("never takes what is printed for a result", () => {
    const { made, write } = guest();
    write(1, "secretV42");
    write(2, "secretV42");
    expect(made.result).toBeUndefined();
    expect(Buffer.concat(made.stdout).toString()).toBe("secretV42");
  });

  test("ends when all it wrote, wherever, is above the limit", () => {
    const { write } = guest();
    expect(endOf(() => write(1, "x".repeat(400)))).toBe("goes on");
    expect(endOf(() => write(2, "x".repeat(400)))).toBe("goes on");
    expect(endOf(() => write(0, "x".repeat(400)))).toBe("output-limit");
  });

  test("refuses to write one byte many times over in one call", () => {
    const { call } = guest();
    expect(() => call("fd_write", 1, 512, 0xffff_ffff, 8)).toThrow(RangeError);
  });

  test("pays for what the host does for it", () => {
    const { made, call, write } = guest();
    write(1, "x");
    const small = made.owedFuel;
    write(1, "x".repeat(500));
    expect(made.owedFuel - small).toBeGreaterThan(small);
    const before = made.owedFuel;
    expect(call("random_get", 0, 65_536)).toBe(0);
    expect(made.owedFuel - before).toBeGreaterThan(1_000_000);
    expect(call("random_get", 0, 65_537)).toBe(28);
  });

  test("sleeps in no time, sees its clock move, and ends when it sleeps past its limit", () => {
    const { call, view } = guest();
    const now = () => {
      call("clock_time_get", 1, 0, 16);
      return Number(view.getBigUint64(16, true)) / 1e6;
    };
    const sleep = (ms: number) => {
      view.setUint32(512 + 16, 1, true);
      view.setBigUint64(512 + 24, BigInt(ms) * 1_000_000n, true);
      return call("poll_oneoff", 512, 1_024, 1, 8);
    };
    const before = now();
    expect(sleep(600)).toBe(0);
    expect(now() - before).toBeWithin(600, 601);
    expect(endOf(() => sleep(600))).toBe("timeout");
  });

  test("draws the same chance for the same seed, another for another, and nothing twice", () => {
    const draw = (seed: number) => {
      const { call, made } = guest({ seed });
      return [0, 1].map(() => {
        call("random_get", 0, 40);
        return Buffer.from(made.memory.bytes(0, 40)).toString("hex");
      });
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)[0]).not.toBe(draw(1)[1]!);
  });
});

describe("tool calls", () => {
  const echo: AnswerTool = (request) => `<${request}>`;

  test("are messages of their own kind, whose answers are read from standard error's descriptor", () => {
    const { write, read, made } = guest({ tools: true }, echo);
    expect(write(0, 'secretT{"tool":1}')).toBe(0);
    expect(read(2, 100)).toBe('              12<{"tool":1}>'.replace(/^ +/, "0".repeat(14)));
    expect(read(2, 100)).toBe("");
    expect(made.result).toBeUndefined();
  });

  test("do not count as output, but cost fuel by their size", () => {
    const { write, made } = guest({ tools: true, outputBytes: 10 }, echo);
    made.owedFuel = 0;
    write(0, `secretT${"x".repeat(500)}`);
    expect(made.owedFuel).toBeGreaterThan(1_000);
    expect(endOf(() => write(0, "x".repeat(11)))).toBe("output-limit");
  });

  test("need the secret, the grant and a size that the host takes", () => {
    const asked: string[] = [];
    const note: AnswerTool = (request) => {
      asked.push(request);
      return "";
    };
    guest({ tools: true }, note).write(0, "T{}");
    expect(endOf(() => guest({ tools: false }, note).write(0, "secretT{}"))).toBe("result");
    const long = guest({ tools: true }, note);
    const buffer = new ArrayBuffer(MAX_TOOL_REQUEST + 65_536);
    long.made.memory.attach(buffer);
    new Uint8Array(buffer, 1_024).set(new TextEncoder().encode("secretT"));
    const view = new DataView(buffer);
    view.setUint32(512, 1_024, true);
    view.setUint32(516, MAX_TOOL_REQUEST + 8, true);
    expect(endOf(() => long.call("fd_write", 0, 512, 1, 8))).toBe("output-limit");
    expect(asked).toEqual([]);
  });

  test("answers cannot be read where no tools were granted", () => {
    const { call } = guest();
    expect(call("fd_read", 2, 512, 1, 8)).toBe(8);
  });
});
