/**
 * What is known of the models that the published subnets name, so that a file for one needs no more than its address. From
 * their model cards and the recipes of vLLM and SGLang; figures that their makers do not give are left out.
 */
import type { ServedModel } from "./card.ts";

export interface ReadyCard {
  readonly card: ServedModel;
  /** Memory of the weights in bfloat16, in GB; the states of requests come on top. */
  readonly weightsGb: number;
  /** Commands that serve it, by server. */
  readonly serve: { readonly vllm: string; readonly sglang?: string };
  /** What to know before. */
  readonly note: string;
}

const REMOTE_CODE =
  "Its repository holds Python that the server must be told to trust. Orrery runs none of it; run that server where it can reach nothing but its weights.";

const CARDS: readonly ReadyCard[] = [
  {
    card: {
      id: "silx-ai/Quasar-2M-Base",
      contextLength: 2_097_152,
      summary: "QUASAR's own base model: hybrid linear attention, two million tokens.",
      architecture: "quasar",
      parameters: 26_000_000_000,
      dtype: "bf16",
    },
    weightsGb: 52,
    serve: {
      vllm: "vllm serve silx-ai/Quasar-2M-Base --tensor-parallel-size 4 --max-model-len 2097152 --trust-remote-code",
    },
    note: `The subnet's default. vLLM has no implementation of its own for it. ${REMOTE_CODE}`,
  },
  {
    card: {
      id: "moonshotai/Kimi-Linear-48B-A3B-Instruct",
      contextLength: 1_048_576,
      summary: "48B of which 3B work on each token; three layers of Kimi Delta Attention to one of MLA.",
      licence: "MIT",
      architecture: "kimi-linear",
      parameters: 48_000_000_000,
      dtype: "bf16",
    },
    weightsGb: 96,
    serve: {
      vllm: "vllm serve moonshotai/Kimi-Linear-48B-A3B-Instruct --tensor-parallel-size 4 --max-model-len 1048576 --trust-remote-code",
      sglang:
        "python3 -m sglang.launch_server --model-path moonshotai/Kimi-Linear-48B-A3B-Instruct --tp 4 --trust-remote-code",
    },
    note: `vLLM 0.11.2 works, 0.12.0 does not. Out of memory: a smaller --max-model-len. ${REMOTE_CODE}`,
  },
  {
    card: {
      id: "Qwen/Qwen3-Next-80B-A3B-Thinking",
      contextLength: 262_144,
      summary:
        "80B of which 3B work on each token; gated DeltaNet with full attention in every fourth layer. Thinks first.",
      licence: "Apache-2.0",
      architecture: "qwen3-next",
      parameters: 80_000_000_000,
      dtype: "bf16",
    },
    weightsGb: 160,
    serve: {
      vllm: "vllm serve Qwen/Qwen3-Next-80B-A3B-Thinking --tensor-parallel-size 4 --max-model-len 262144",
      sglang:
        "python3 -m sglang.launch_server --model-path Qwen/Qwen3-Next-80B-A3B-Thinking --tp 4 --context-length 262144",
    },
    note: "Its answer begins inside its thoughts: only the closing </think> appears. QUASAR asks for 128k of it.",
  },
];

/** By model id. */
export const READY_CARDS: ReadonlyMap<string, ReadyCard> = new Map(CARDS.map((each) => [each.card.id, each]));
