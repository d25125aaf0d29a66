/** Every family of decoders that exporters make, as their sessions declare them. */
import { describe, expect, test } from "bun:test";
import { refusal } from "../../test/support/rejection.ts";
import { decoderShape, type State } from "./decoder-shape.ts";
import type { TensorInfo } from "./tensor.ts";

const f32 = (name: string, ...dims: (number | string)[]): TensorInfo => ({ name, type: "float32", dims });
const i64 = (name: string, ...dims: (number | string)[]): TensorInfo => ({ name, type: "int64", dims });

const IDS = i64("input_ids", "batch_size", "sequence_length");
const LOGITS = f32("logits", "batch_size", "sequence_length", 1_000);

const shapeOf = (inputs: TensorInfo[], outputs: TensorInfo[]) =>
  decoderShape([IDS, ...inputs], [LOGITS, ...outputs]);
const kinds = (states: readonly State[]) => states.map(({ past, kind, axis }) => [past, kind, axis]);

describe("states are paired and told apart by what the session says", () => {
  test("a plain decoder of optimum grows its cache", () => {
    const { states, inputs, memory, vocabulary } = shapeOf(
      [
        i64("attention_mask", "batch_size", "total"),
        i64("position_ids", "batch_size", "sequence_length"),
        f32("past_key_values.0.key", "batch_size", 3, "past", 64),
        f32("past_key_values.0.value", "batch_size", 3, "past", 64),
      ],
      [
        f32("present.0.key", "batch_size", 3, "past + sequence", 64),
        f32("present.0.value", "batch_size", 3, "past + sequence", 64),
      ],
    );
    expect(kinds(states)).toEqual([
      ["past_key_values.0.key", "growing", 2],
      ["past_key_values.0.value", "growing", 2],
    ]);
    expect(inputs.map(({ role }) => role)).toEqual(["tokens", "mask", "positions"]);
    expect(memory).toEqual({ fixedBytes: 0, bytesPerToken: 2 * 3 * 64 * 4 });
    expect(vocabulary).toBe(1_000);
  });

  test("a buffer of full length is shared", () => {
    const { states } = shapeOf(
      [f32("past_key_values.0.key", "batch_size", 3, "capacity", 64)],
      [f32("present.0.key", "batch_size", 3, "capacity", 64)],
    );
    expect(kinds(states)).toEqual([["past_key_values.0.key", "shared", 2]]);
  });

  test("without names for its sizes a state grows", () => {
    const { states } = shapeOf(
      [f32("past_key_values.0.key", "batch_size", 3, "", 64)],
      [f32("present.0.key", "batch_size", 3, "", 64)],
    );
    expect(kinds(states)).toEqual([["past_key_values.0.key", "growing", 2]]);
  });

  test("a hybrid as transformers.js exports it has convolutions and recurrences of one size", () => {
    const { states, memory } = shapeOf(
      [
        f32("past_conv.0", "batch_size", 96, 3),
        f32("past_recurrent.0", "batch_size", 4, 16, 16),
        f32("past_ssm.1", "batch_size", 4, 8, 16),
        f32("past_key_values.3.key", "batch_size", 2, "past", 32),
      ],
      [
        f32("present_conv.0", "batch_size", 96, 3),
        f32("present_recurrent.0", "batch_size", 4, 16, 16),
        f32("present_ssm.1", "batch_size", 4, 8, 16),
        f32("present.3.key", "batch_size", 2, "total", 32),
      ],
    );
    expect(states.map(({ kind }) => kind)).toEqual(["fixed", "fixed", "fixed", "growing"]);
    expect(memory).toEqual({
      fixedBytes: 4 * (96 * 3 + 4 * 16 * 16 + 4 * 8 * 16),
      bytesPerToken: 2 * 32 * 4,
    });
  });

  test("the same as onnxruntime-genai exports it", () => {
    const { states } = shapeOf(
      [
        f32("past_key_values.0.conv_state", "batch_size", 96, 3),
        f32("past_key_values.0.recurrent_state", "batch_size", 4, 16, 16),
      ],
      [
        f32("present.0.conv_state", "batch_size", 96, 3),
        f32("present.0.recurrent_state", "batch_size", 4, 16, 16),
      ],
    );
    expect(states.map(({ kind }) => kind)).toEqual(["fixed", "fixed"]);
  });
});

describe("sequences take steps together", () => {
  const LENGTHS: TensorInfo = { name: "seqlens_k", type: "int32", dims: ["batch_size"] };
  const past = (...dims: (number | string)[]) => f32("past_key_values.0.key", ...dims);
  const present = (...dims: (number | string)[]) => f32("present.0.key", ...dims);
  const BUFFER = ["batch_size", 3, "capacity", 64] as const;

  test("where each of a batch has a length and a buffer of its own", () => {
    expect(shapeOf([LENGTHS, past(...BUFFER)], [present(...BUFFER)]).together).toBe(true);
  });

  test("and not where a cache grows, states have one size, or a mask tells lengths", () => {
    const growing = ["batch_size", 3, "past", 64] as const;
    const longer = ["batch_size", 3, "total", 64] as const;
    const fixed = f32("past_conv.0", "batch_size", 96, 3);
    const mask = i64("attention_mask", "batch_size", "total");
    expect(shapeOf([LENGTHS, past(...growing)], [present(...longer)]).together).toBe(false);
    expect(
      shapeOf([LENGTHS, past(...BUFFER), fixed], [present(...BUFFER), { ...fixed, name: "present_conv.0" }])
        .together,
    ).toBe(false);
    expect(shapeOf([LENGTHS, mask, past(...BUFFER)], [present(...BUFFER)]).together).toBe(false);
  });

  test("nor where the graph is for one sequence, or does not ask for lengths", () => {
    const single = [1, 3, "capacity", 64] as const;
    expect(shapeOf([LENGTHS, past(...single)], [present(...single)]).together).toBe(false);
    expect(shapeOf([past(...BUFFER)], [present(...BUFFER)]).together).toBe(false);
  });
});

describe("refused is", () => {
  test("an input that nobody could fill", () => {
    expect(refusal(() => shapeOf([f32("use_cache_branch", 1)], []))).toMatchObject({
      code: "refused",
      meta: { input: "use_cache_branch" },
    });
  });

  test("a state that changes its type or its rank", () => {
    const past = f32("past_key_values.0.key", "batch_size", 3, "past", 64);
    expect(refusal(() => shapeOf([past], [{ ...past, name: "present.0.key", type: "float16" }])).code).toBe(
      "refused",
    );
    expect(refusal(() => shapeOf([past], [f32("present.0.key", "batch_size", 3, "past")])).code).toBe(
      "refused",
    );
  });

  test("a state that is open in two directions", () => {
    const dims = ["batch_size", "heads", "past", 64] as const;
    expect(refusal(() => shapeOf([f32("past_conv.0", ...dims)], [f32("present_conv.0", ...dims)])).code).toBe(
      "refused",
    );
  });

  test("a graph that is no decoder", () => {
    expect(refusal(() => decoderShape([f32("pixels", 1, 3)], [LOGITS])).code).toBe("refused");
    expect(refusal(() => decoderShape([IDS], [f32("scores", 1)])).code).toBe("refused");
    expect(refusal(() => decoderShape([IDS], [f32("logits", "batch", "sequence", "vocabulary")])).code).toBe(
      "refused",
    );
  });
});
