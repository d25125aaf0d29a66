import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GenerateRequest } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { modelContract } from "../../test/contract/model.ts";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { tinyModel } from "../../test/support/tiny-model.ts";
import golden from "../golden/tiny.json" with { type: "json" };
import type { Model } from "../model.ts";
import { answer, ask, PROMPT, ROUTES, using } from "./asked.fixture.ts";
import { type OnnxOptions, openOnnxModel } from "./onnx-model.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const clock = createSystemClock();
const folder = await tinyModel({ parent: temp.path });

const open = (changes: Partial<OnnxOptions> = {}) =>
  openOnnxModel({ folder, clock, blobs: createMemoryBlobs(), threads: 1, ...changes });

for (const route of ROUTES) {
  modelContract(`onnx by ${route.runtime}`, async () => {
    const blobs = createMemoryBlobs();
    const model = await open({ blobs, routes: [route] });
    return { model, blobs, now: () => clock.now(), prompt: PROMPT };
  });
}

describe.each(ROUTES)("by $runtime, in single precision", (route) => {
  test.each([
    ["llama", "llama", false],
    ["llama-factors", "llama", true],
    ["qwen2", "qwen2", false],
    ["qwen3", "qwen3", false],
  ] as const)("%s is what an independent forward pass computes", async (name, architecture, factors) => {
    const parent = join(temp.path, route.runtime);
    const exact = await tinyModel({ parent, architecture, factors, precision: "exact" });
    const { greedy, logprobs, embeddings } = golden.models[name];
    const input = { type: "tokens" as const, tokens: golden.tokens };
    await using(await open({ folder: exact, routes: [route] }), async (model) => {
      expect((await answer(model, ask({ input }))).tokens).toEqual(greedy);
      const { scores } = await model.score({ model: "tiny", context: [], input, top: 0 });
      const apart = scores.map(({ logprob }, at) => Math.abs(logprob - logprobs[at]!));
      expect(scores).toHaveLength(logprobs.length);
      expect(Math.max(...apart)).toBeLessThan(1e-3);
      // Two chunks.
      const { vectors } = await model.embed!({ model: "tiny", inputs: [input] });
      const off = vectors[0]!.map((value, at) => Math.abs(value - embeddings.mean[at]!));
      expect(off).toHaveLength(embeddings.mean.length);
      expect(Math.max(...off)).toBeLessThan(1e-5);
    });
  });

  test.each([
    ["last", 3],
    ["cls", 2],
  ] as const)("its embeddings are of the %s token where the file says so", async (pooling, told) => {
    const parent = join(temp.path, route.runtime);
    const folder = await tinyModel({ parent, precision: "exact", pooling: told });
    const input = { type: "tokens" as const, tokens: golden.tokens };
    await using(await open({ folder, routes: [route] }), async (model) => {
      const { vectors } = await model.embed!({ model: "tiny", inputs: [input] });
      const expected = golden.models.llama.embeddings[pooling];
      expect(Math.max(...vectors[0]!.map((value, at) => Math.abs(value - expected[at]!)))).toBeLessThan(1e-5);
    });
  });
});

test("an answer that may be shorter ends where the context does", async () => {
  const input = { type: "tokens" as const, tokens: Array.from({ length: 500 }, (_, at) => 3 + (at % 200)) };
  await using(await open(), async (model) => {
    const { contextLength } = await model.card();
    expect(contextLength).toBe(512);
    const limits = { maxTokens: 40, leastTokens: 1 };
    const { tokens, usage } = await answer(model, ask({ input, limits }));
    expect([tokens.length, usage.promptTokens]).toEqual([12, 500]);
    const whole = await rejection(answer(model, ask({ input, limits: { maxTokens: 40 } })));
    expect(whole).toMatchObject({
      code: "too-large",
      message: expect.stringContaining("500 tokens of input"),
    });
    const more = await rejection(answer(model, ask({ input, limits: { maxTokens: 40, leastTokens: 13 } })));
    expect(more.code).toBe("too-large");
  });
});

test("vectors are shorter where the model was trained for it, and nowhere else", async () => {
  const trained = await tinyModel({ parent: join(temp.path, "shortens"), shortens: true });
  const inputs = [[{ type: "text" as const, text: PROMPT }]];
  await using(await open({ folder: trained }), async (model) => {
    const { vectors } = await model.embed!({ model: "tiny", inputs, dimensions: 16 });
    const whole = (await model.embed!({ model: "tiny", inputs })).vectors[0]!;
    const length = Math.hypot(...whole.slice(0, 16));
    expect(vectors[0]).toHaveLength(16);
    for (const [at, value] of vectors[0]!.entries()) expect(value).toBeCloseTo(whole[at]! / length, 7);
  });
  await using(await open(), async (model) => {
    const failure = await rejection(model.embed!({ model: "tiny", inputs, dimensions: 16 }));
    expect(failure).toMatchObject({ code: "refused", meta: { param: "dimensions" } });
    expect((await model.embed!({ model: "tiny", inputs, dimensions: 64 })).vectors[0]).toHaveLength(64);
  });
});

test("a caller who leaves while texts are embedded frees the slot", async () => {
  await using(await open({ slots: 1 }), async (model) => {
    const tokens = Array.from({ length: 500 }, (_, at) => at % 260);
    const inputs = Array.from({ length: 200 }, () => ({ type: "tokens" as const, tokens }));
    const abort = new AbortController();
    const embedding = model.embed!({ model: "tiny", inputs }, { signal: abort.signal });
    await model.load();
    await clock.sleep(5);
    abort.abort();
    expect((await rejection(embedding)).code).toBe("cancelled");
    expect((await answer(model)).tokens).toHaveLength(16);
  });
});

test("a model of an older conversion answers as before, makes no embeddings, and it is said what to do", async () => {
  const old = join(temp.path, "older");
  cpSync(folder, old, { recursive: true });
  const { conversion: _, embedding: __, ...manifest } = await Bun.file(join(old, "model.json")).json();
  await Bun.write(join(old, "model.json"), JSON.stringify(manifest));
  const notices: string[] = [];
  await using(await open({ folder: old, onNotice: (line) => notices.push(line) }), async (model) => {
    expect((await model.card()).can.embed).toBe(false);
    expect((await answer(model)).tokens).toHaveLength(16);
    const failure = await rejection(model.embed!({ model: "tiny", inputs: [[]] }));
    expect(failure).toMatchObject({ code: "refused", hint: expect.stringContaining("converted again") });
    expect(notices[0]).toContain("converted by an older version");
  });
});

describe.each(["fast", "exact"] as const)("answers of several callers at once, %s", async (precision) => {
  const own = precision === "fast" ? folder : await tinyModel({ parent: temp.path, precision });
  const prompt = (n: number) => ({
    type: "prompt",
    prompt: [{ type: "text", text: PROMPT.repeat(n + 1).slice(n) }],
  });
  /** Greedy and drawn, of different lengths, that end at different times. */
  const requests = [
    ask({ input: prompt(0), limits: { maxTokens: 40 } }),
    ask({ input: prompt(1), limits: { maxTokens: 3 } }),
    ask({ input: prompt(2), seed: 7, sampling: { ignoreEnd: true, temperature: 1.5 } }),
    ask({ input: prompt(3), seed: 8, sampling: { ignoreEnd: true, temperature: 1.5, logprobs: 2 } }),
  ];
  const chunks = (model: Model, request: GenerateRequest) => Array.fromAsync(model.generate(request));
  const given = (all: Awaited<ReturnType<typeof chunks>>) =>
    all.flatMap((chunk) =>
      chunk.type === "tokens" ? [{ tokens: chunk.tokens, logprobs: chunk.logprobs }] : [],
    );

  async function alone(model: Model): Promise<ReturnType<typeof given>[]> {
    const answers: ReturnType<typeof given>[] = [];
    for (const request of requests) answers.push(given(await chunks(model, request)));
    return answers;
  }

  test("are those of each alone, also of who joins while others are answered", async () => {
    await using(await open({ folder: own }), async (model) => {
      const expected = await alone(model);
      expect(expected.map(({ length }) => length)).toEqual([40, 3, 16, 16]);
      const first = model.generate(requests[0]!)[Symbol.asyncIterator]();
      const begun = [];
      for (let n = 0; n < 5; n++) begun.push((await first.next()).value!);
      const late = Promise.all(requests.slice(1).map((request) => chunks(model, request)));
      const rest = await Array.fromAsync({ [Symbol.asyncIterator]: () => first });
      expect([[...begun, ...rest], ...(await late)].map(given)).toEqual(expected);
    });
  });

  test("go on when one of them is given up, and its slot is free", async () => {
    await using(await open({ folder: own }), async (model) => {
      const expected = await alone(model);
      const abort = new AbortController();
      const leaving = model
        .generate(ask({ input: prompt(1), limits: { maxTokens: 300 } }), { signal: abort.signal })
        [Symbol.asyncIterator]();
      await leaving.next();
      const others = [0, 2, 3].map((n) => chunks(model, requests[n]!));
      for (let n = 0; n < 5; n++) await leaving.next();
      expect((await rejection(chunks(model, requests[1]!))).code).toBe("overloaded");
      abort.abort();
      const gone = async () => {
        for (let next = await leaving.next(); next.done !== true; ) next = await leaving.next();
      };
      expect((await rejection(gone())).code).toBe("cancelled");
      const after = chunks(model, requests[1]!);
      expect((await Promise.all([others[0]!, after, others[1]!, others[2]!])).map(given)).toEqual(expected);
    });
  });
});

describe("a context that is too long", () => {
  const long = (times: number) => PROMPT.repeat(times);
  test("is refused unless the request says what to do", async () => {
    await using(await open(), async (model) => {
      const request = ask({ input: { type: "prompt", prompt: [{ type: "text", text: long(20) }] } });
      expect(await rejection(answer(model, request))).toMatchObject({
        code: "too-large",
        meta: { contextLength: 512 },
      });
    });
  });

  test("is cut in the middle when asked for, and usage tells", async () => {
    await using(await open(), async (model) => {
      const input = { type: "prompt" as const, prompt: [{ type: "text" as const, text: long(20) }] };
      const { count, tokens } = await model.tokenize({ model: "tiny", context: [], input });
      const { usage, tokens: given } = await answer(
        model,
        ask({ input, limits: { maxTokens: 16, overflow: "truncate-middle" } }),
      );
      expect(usage).toMatchObject({ promptTokens: 496, droppedTokens: count - 496 });
      if (tokens.type !== "inline") throw new Error("expected few tokens");
      const ends = [...tokens.tokens.slice(0, 248), ...tokens.tokens.slice(-248)];
      expect((await answer(model, ask({ input: { type: "tokens", tokens: ends } }))).tokens).toEqual(given);
    });
  });

  test("is read in parts only where there is a context to divide", async () => {
    await using(await open(), async (model) => {
      const input = { type: "prompt", prompt: [{ type: "text", text: long(20) }] };
      const request = ask({ input, limits: { maxTokens: 4, overflow: "map-reduce" } });
      expect((await rejection(answer(model, request))).code).toBe("refused");
    });
  });
});

describe("work that could not end well is not begun", () => {
  test("when the states of running answers already take the memory", async () => {
    const bytes = 2 * 2 * 2 * 32 * 4 * 180;
    await using(await open({ stateBytes: bytes }), async (model) => {
      // More than may be under way: it cannot have ended before the second one comes.
      const reader = model.generate(ask({ limits: { maxTokens: 100 } }))[Symbol.asyncIterator]();
      await reader.next();
      expect((await rejection(answer(model))).code).toBe("overloaded");
      await reader.return?.();
      expect((await answer(model)).tokens).toHaveLength(16);
    });
  });

  test("when the prompt could not be read before the deadline even at the best speed seen", async () => {
    await using(await open(), async (model) => {
      const long = ask({ input: { type: "tokens", tokens: golden.tokens.concat(golden.tokens) } });
      await answer(model, long);
      let failure = "";
      for (const ms of [4, 3, 2, 1]) {
        const call = model.generate(long, { deadline: clock.now() + ms });
        failure = await Array.fromAsync(call).then(
          () => "",
          (thrown) => thrown.code,
        );
        if (failure !== "") break;
      }
      expect(failure).toBeOneOf(["refused", "timeout"]);
    });
  });
});

test("an answer that is not done at the deadline fails with timeout, and the slot is free", async () => {
  await using(await open({ slots: 1 }), async (model) => {
    const request = ask({ limits: { maxTokens: 400 } });
    await answer(model, request);
    const late = Array.fromAsync(model.generate(request, { deadline: clock.now() + 10 }));
    expect((await rejection(late)).code).toBe("timeout");
    expect((await answer(model)).tokens).toHaveLength(16);
  });
});

test("a reader that stops reading stops the model, not its neighbours", async () => {
  await using(await open({ slots: 2 }), async (model) => {
    const slow = model.generate(ask({ limits: { maxTokens: 200 } }))[Symbol.asyncIterator]();
    await slow.next();
    const began = clock.monotonic();
    for (let n = 0; n < 3; n++) await answer(model);
    const idleMs = clock.monotonic() - began;
    let usage: { decodeMs: number } | undefined;
    for (let next = await slow.next(); next.done !== true; next = await slow.next()) {
      if (next.value.type === "end") usage = next.value.usage;
    }
    // It waited for its reader while the others were answered.
    expect(usage?.decodeMs).toBeGreaterThan(idleMs);
  });
});

test("a model that is unloaded while it loads does not come up, and can be loaded again", async () => {
  await using(await open(), async (model) => {
    const loading = model.load();
    while (model.status !== "loading") await clock.sleep(1);
    await model.unload();
    expect((await rejection(loading)).code).toBe("cancelled");
    expect<string>(model.status).toBe("unloaded");
    expect((await answer(model)).tokens).toHaveLength(16);
  });
});

test("a caller who does not wait for the model to load does not keep it from loading", async () => {
  await using(await open(), async (model) => {
    const abort = new AbortController();
    const waiting = model.load({ signal: abort.signal });
    while (model.status !== "loading") await clock.sleep(1);
    abort.abort();
    expect((await rejection(waiting)).code).toBe("cancelled");
    await model.load();
    expect<string>(model.status).toBe("ready");
  });
});

describe.skipIf(process.platform !== "linux")("when the model's process dies", () => {
  /** Of the child that serves this folder. */
  function childOf(path: string): number {
    const found = readdirSync("/proc").find((pid) => {
      try {
        return (
          /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`"folder":"${path}"`)
        );
      } catch {
        return false;
      }
    });
    if (found === undefined) throw new Error("no process of the model");
    return Number(found);
  }

  test("answers in progress fail as infra, whoever runs it is told, and the next request starts it again", async () => {
    const deaths: string[] = [];
    await using(await open({ onDeath: (failure) => deaths.push(failure.toLine()) }), async (model) => {
      const expected = await answer(model);
      const begun = Promise.withResolvers<void>();
      let answering = 0;
      const failures = [1, 2, 3].map(() =>
        rejection(
          (async () => {
            for await (const chunk of model.generate(ask({ limits: { maxTokens: 400 } })))
              if (chunk.type === "tokens" && chunk.seq === 2 && ++answering === 3) begun.resolve();
          })(),
        ),
      );
      await begun.promise;
      process.kill(childOf(folder), "SIGKILL");
      for (const failure of await Promise.all(failures))
        expect(failure).toMatchObject({ code: "unavailable", owner: "infra", retryable: true });
      expect(model.status).toBe("failed");
      expect(deaths).toEqual([expect.stringContaining("signal=SIGKILL")]);
      const { tokens, usage } = await answer(model);
      expect(tokens).toEqual(expected.tokens);
      // What had been read went with the process.
      expect(usage.cachedTokens).toBe(0);
    });
  });

  test("again and again, it is not started any more until the model is unloaded", async () => {
    await using(await open(), async (model) => {
      for (let crash = 0; crash < 6; crash++) {
        await model.load();
        process.kill(childOf(folder), "SIGKILL");
        while (model.status === "ready") await clock.sleep(5);
      }
      expect((await rejection(answer(model))).message).toContain("too often");
      await model.unload();
      expect((await answer(model)).tokens).toHaveLength(16);
    });
  }, 30_000);

  test("its node's death is its own", async () => {
    const program = `
      import { openOnnxModel } from ${JSON.stringify(join(import.meta.dir, "onnx-model.ts"))};
      import { createMemoryBlobs } from ${JSON.stringify(join(import.meta.dir, "../../runtime/ports/memory-blobs.ts"))};
      import { createSystemClock } from ${JSON.stringify(join(import.meta.dir, "../../runtime/ports/system-clock.ts"))};
      const model = await openOnnxModel({ folder: process.argv[1], clock: createSystemClock(), blobs: createMemoryBlobs() });
      await model.load();
      console.log("loaded");
      await new Promise(() => {});`;
    const own = join(temp.path, "orphan");
    cpSync(folder, own, { recursive: true });
    const node = Bun.spawn([process.execPath, "-e", program, own], { stdout: "pipe", stderr: "inherit" });
    for await (const chunk of node.stdout) if (Buffer.from(chunk).toString().includes("loaded")) break;
    const child = childOf(own);
    node.kill("SIGKILL");
    await node.exited;
    while (alive(child)) await clock.sleep(5);
  }, 30_000);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a model whose files were tampered with is not loaded", () => {
  test.each(["graph.onnx", "graph.data", "tokenizer.json"])("%s", async (name) => {
    const damaged = join(temp.path, `damaged-${name}`);
    cpSync(folder, damaged, { recursive: true });
    const file = Bun.file(join(damaged, name));
    const bytes = await file.bytes();
    bytes[bytes.length >> 1]! ^= 1;
    await file.write(bytes);
    const failure = await rejection((await open({ folder: damaged })).load());
    expect(failure).toMatchObject({ code: "corrupt", meta: { file: name } });
  });

  test("nor one of a newer version, which is not called damaged", async () => {
    const newer = join(temp.path, "newer");
    cpSync(folder, newer, { recursive: true });
    const manifest = await Bun.file(join(newer, "model.json")).json();
    await Bun.write(
      join(newer, "model.json"),
      JSON.stringify({ ...manifest, format: 2, graph: "elsewhere" }),
    );
    expect(await rejection(open({ folder: newer }))).toMatchObject({
      code: "unknown-version",
      hint: expect.stringContaining("Upgrade"),
    });
  });

  test("nor one whose description is damaged, or missing", async () => {
    const damaged = join(temp.path, "damaged-manifest");
    cpSync(folder, damaged, { recursive: true });
    await Bun.write(join(damaged, "model.json"), "{");
    expect((await rejection(open({ folder: damaged }))).code).toBe("corrupt");
    expect((await rejection(open({ folder: join(temp.path, "nowhere") }))).code).toBe("not-found");
  });
});

test("a way that fails its self-test is left for the next one, and it is said", async () => {
  const notices: string[] = [];
  await using(await open({ device: "cuda", onNotice: (line) => notices.push(line) }), async (model) => {
    expect((await model.card()).device).toBe("cpu");
  });
  expect(notices).toHaveLength(2);
  expect(notices[0]).toContain("cuda by n-api does not work here");
  expect(notices[1]).toContain("tiny runs on cpu");
});
