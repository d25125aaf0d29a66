/** What the scheduler itself costs: a model whose tokens cost nothing, asked through it and directly. */
import { NO_USAGE } from "../../models/answer/numbered.ts";
import type { Model } from "../../models/model.ts";
import { createScheduler } from "../../models/scheduler/scheduler.ts";
import { scriptedCard } from "../../models/scripted/card.ts";
import { Failure } from "../../protocol/failure.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { type BenchRow, median } from "./row.ts";

const SLOTS = 8;
const CALLERS = [1, 8, 64];
const ANSWER_TOKENS = 256;
const ANSWERS = 256;
const ROUNDS = 9;

type Ask = (caller: number) => AsyncIterable<unknown>;

/** Processor time of one token through turns, fair shares, deadline and credit, less that of the model alone. */
export async function schedulerCostRows(): Promise<BenchRow[]> {
  const clock = createSystemClock();
  const model = freeModel();
  const scheduler = createScheduler({ model, clock });
  const request = GenerateRequest.parse({
    model: (await model.card()).id,
    input: { type: "prompt", prompt: [{ type: "text", text: "?" }] },
    limits: { maxTokens: ANSWER_TOKENS },
  });
  const call = (caller: number) => ({
    caller: `caller-${caller}`,
    signal: new AbortController().signal,
    deadline: clock.now() + 60_000,
  });
  const direct: Ask = (caller) => model.generate(request, call(caller));
  const scheduled: Ask = (caller) => scheduler.generate(request, call(caller));
  const rows: BenchRow[] = [];
  for (const callers of CALLERS) {
    // In turns, so that what slows the machine down slows both.
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ alone: await tokenUs(direct, callers), whole: await tokenUs(scheduled, callers) });
    }
    const floor = median(rounds.map(({ alone }) => alone));
    const value = Math.max(0, median(rounds.map(({ alone, whole }) => whole - alone)));
    rows.push({
      name: `scheduler's own cost for a token, ${callers} ${callers === 1 ? "caller" : "callers"} on ${SLOTS} slots, ${ANSWER_TOKENS} tokens an answer; the model alone beside it`,
      ...{ value, unit: "µs", floor, ratio: null },
      goal: "≤ 50 µs",
      holds: value <= 50,
    });
  }
  await scheduler.close();
  return rows;
}

async function tokenUs(ask: Ask, callers: number): Promise<number> {
  const before = process.cpuUsage();
  let left = ANSWERS;
  const one = async (_: unknown, caller: number): Promise<void> => {
    while (left-- > 0) {
      let chunks = 0;
      for await (const _ of ask(caller)) chunks++;
      if (chunks !== ANSWER_TOKENS + 1) throw new Error("tokens are missing");
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (ANSWERS * ANSWER_TOKENS);
}

function freeModel(): Model {
  const card = scriptedCard({ id: "free", seed: 0, contextLength: 1_000_000 });
  const no = async (): Promise<never> => {
    throw new Failure("refused", "it only generates");
  };
  return {
    status: "ready",
    slots: SLOTS,
    card: async () => card,
    load: async () => {},
    async *generate({ limits: { maxTokens } }) {
      for (let seq = 0; seq < maxTokens; seq++) yield { type: "tokens", seq, tokens: [1], text: "word " };
      const usage = { ...NO_USAGE, promptTokens: 1, completionTokens: maxTokens };
      yield { type: "end", seq: maxTokens, finishReason: "length", usage };
    },
    score: no,
    tokenize: no,
    unload: async () => {},
  };
}
