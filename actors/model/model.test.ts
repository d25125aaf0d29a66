import { describe, expect, test } from "bun:test";
import { createScriptedModel, type ScriptedOptions } from "../../models/scripted/scripted.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { type ModelWorld, modelWorld } from "../../test/support/model-world.ts";
import { rejection } from "../../test/support/rejection.ts";
import { until } from "../../test/support/until.ts";

const clock = createSystemClock();
const scripted = ({ blobs }: ModelWorld, options: Partial<ScriptedOptions> = {}) =>
  createScriptedModel({ clock, blobs, answer: (text) => `You said ${text.length} bytes.`, ...options });
const ask = (text: string, changes: Record<string, unknown> = {}) =>
  GenerateRequest.parse({
    model: "scripted",
    input: { type: "prompt", prompt: [{ type: "text", text }] },
    ...changes,
  });

async function answer({ client }: ModelWorld, request: GenerateRequest, caller?: string) {
  let text = "";
  for await (const chunk of client.generate(request, caller === undefined ? {} : { caller })) {
    if (chunk.type === "tokens") text += chunk.text;
  }
  return text;
}

const slow = { type: "slow", prefillTokensPerSecond: 1e6, tokensPerSecond: 400 } as const;

describe("a model node", () => {
  test("answers, scores and tokenizes for others, over the network", async () => {
    await using world = modelWorld();
    await world.start("model-1", { models: [scripted(world)], labels: { gpu: "none" } });
    expect(world.directory.cards().map(({ id }) => id)).toEqual(["scripted"]);
    expect(world.directory.serving("scripted")).toMatchObject([
      { actor: "model-1-0", status: "ready", slots: 16, running: 0, labels: { gpu: "none" } },
    ]);
    expect(await answer(world, ask("Hello"))).toBe("You said 5 bytes.");
    const { input } = ask("abc");
    const scored = await world.client.score({ model: "scripted", context: [], input, top: 1 });
    expect(scored.scores.map(({ token }) => token)).toEqual([98, 99]);
    expect(await world.client.tokenize({ model: "scripted", context: [], input })).toMatchObject({
      count: 3,
    });
  });

  test("is named by its own card to who asked, also when another was asked first and failed", async () => {
    await using world = modelWorld();
    const dead = scripted(world, { seed: 1, behaviour: { type: "crashing", afterChunks: 0 } });
    const alive = scripted(world, { seed: 2 });
    await world.start("model-1", { models: [dead] });
    await world.start("model-2", { models: [alive] });
    const told: unknown[] = [];
    const onCard = (card: unknown) => void told.push(card);
    // Prompts of one model go to different actors first.
    for (const text of ["a", "b", "c", "d", "e", "f"]) {
      for await (const _ of world.client.generate(ask(text), { onCard }));
    }
    expect(told).toEqual(Array(6).fill(await alive.card()));
    await world.client.score({ model: "scripted", context: [], input: ask("abc").input, top: 0 }, { onCard });
    expect([await alive.card(), await dead.card()]).toContainEqual(told.at(-1) as never);
  });

  test("reads a long context by reference, and only once", async () => {
    await using world = modelWorld();
    const model = scripted(world);
    const card = async () => ({ ...(await model.card()), state: { fixedBytes: 8, bytesPerToken: 0 } });
    await world.start("model-1", { models: [Object.create(model, { card: { value: card } })] });
    const context = [await world.blobs.put("x".repeat(1_000_000))];
    expect(await answer(world, ask("?", { context }))).toBe("You said 1000001 bytes.");
    expect(await answer(world, ask("??", { context }))).toBe("You said 1000002 bytes.");
    await until(
      () => world.nodes.get("model-1")!.metrics.read("vllm:prefix_cache_hits_total", LABELS) === 1_000_000,
      "a hit",
    );
  });

  test("tells its figures under vLLM's names", async () => {
    await using world = modelWorld();
    const node = await world.start("model-1", { models: [scripted(world)] });
    await answer(world, ask("Hello"));
    const text = await node.metrics.render();
    for (const line of [
      'vllm:prompt_tokens_total{model_name="scripted"} 5',
      'vllm:generation_tokens_total{model_name="scripted"} 17',
      'vllm:prefix_cache_queries_total{model_name="scripted"} 5',
      'vllm:num_requests_running{model_name="scripted"} 0',
      'vllm:num_requests_waiting{model_name="scripted"} 0',
      'vllm:kv_cache_usage_perc{model_name="scripted"} 0',
      'vllm:time_to_first_token_seconds_count{model_name="scripted"} 1',
      'vllm:e2e_request_latency_seconds_count{model_name="scripted"} 1',
      'vllm:request_success_total{finished_reason="stop",model_name="scripted"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });

  test("frees its slot when the caller leaves, by signal or by not reading on", async () => {
    await using world = modelWorld();
    const answer = () => "word ".repeat(10_000);
    const node = await world.start("model-1", {
      models: [scripted(world, { behaviour: slow, slots: 1, answer })],
    });
    const aborted = () =>
      node.metrics.read("vllm:request_success_total", { ...LABELS, finished_reason: "abort" });
    const request = ask("Hello", { limits: { maxTokens: 50_000 } });
    for await (const chunk of world.client.generate(request)) if (chunk.type === "tokens") break;
    await until(() => aborted() === 1, "the first has left");
    const abort = new AbortController();
    const reading = (async () => {
      for await (const chunk of world.client.generate(request, { signal: abort.signal })) {
        if (chunk.type === "tokens") abort.abort();
      }
    })();
    expect((await rejection(reading)).code).toBe("cancelled");
    await until(() => aborted() === 2, "the second has left");
  });
});

const LABELS = { model_name: "scripted" };

describe("several model nodes", () => {
  test("another one answers when the first fails before it has said anything", async () => {
    await using world = modelWorld();
    for (const name of ["a", "b", "c"]) {
      await world.start(name, {
        models: [scripted(world, name === "b" ? {} : { behaviour: { type: "crashing", afterChunks: 0 } })],
      });
    }
    for (let n = 0; n < 8; n++) expect(await answer(world, ask(`Question ${n}`))).toBe("You said 10 bytes.");
  });

  test("the turns of a conversation go to one of them, and conversations to all", async () => {
    await using world = modelWorld();
    for (const name of ["a", "b", "c"]) {
      await world.start(name, { models: [scripted(world, { answer: () => name })] });
    }
    const said = (role: string, text: string) => ({ role, content: [{ type: "text", text }] });
    const asked = new Set<string>();
    for (let n = 0; n < 12; n++) {
      const messages = [said("system", "Be brief."), said("user", `Hello ${n}`)];
      const names: string[] = [];
      for (let turn = 0; turn < 3; turn++) {
        const name = await answer(world, ask("", { input: { type: "messages", messages } }));
        names.push(name);
        messages.push(said("assistant", name), said("user", "Go on."));
      }
      expect(new Set(names).size).toBe(1);
      asked.add(names[0]!);
    }
    expect([...asked].toSorted()).toEqual(["a", "b", "c"]);
  });

  test("half an answer is not begun again elsewhere", async () => {
    await using world = modelWorld();
    for (const name of ["a", "b"]) {
      await world.start(name, {
        models: [scripted(world, { behaviour: { type: "crashing", afterChunks: 2 } })],
      });
    }
    expect(await rejection(answer(world, ask("Hello")))).toMatchObject({
      code: "unavailable",
      owner: "infra",
    });
  });

  test("a refusal is not asked for elsewhere", async () => {
    await using world = modelWorld();
    await world.start("a", { models: [scripted(world, { behaviour: { type: "refusing" } })] });
    await world.start("b", { models: [scripted(world, { behaviour: { type: "refusing" } })] });
    expect((await rejection(answer(world, ask("Hello")))).code).toBe("refused");
    expect(world.logged.filter(({ message }) => message.includes("asking another"))).toEqual([]);
  });

  test("one that is gone is not asked any more", async () => {
    await using world = modelWorld();
    const node = await world.start("a", { models: [scripted(world)] });
    await world.start("b", { models: [scripted(world)] });
    await node.drain();
    for (let n = 0; n < 6; n++) expect(await answer(world, ask(`Question ${n}`))).toBe("You said 10 bytes.");
  });

  test("of a model that nobody serves, says which there are", async () => {
    await using world = modelWorld();
    await world.start("a", { models: [scripted(world)] });
    const failure = await rejection(answer(world, ask("Hello", { model: "gpt-9" })));
    expect(failure).toMatchObject({ code: "not-found", meta: { served: "scripted" } });
  });
});
