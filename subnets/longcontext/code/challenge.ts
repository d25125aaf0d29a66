/** A code challenge: what miners are asked to write, and how hidden tests and their answers are made. */
import type { Json } from "../../../protocol/ids.ts";
import type { DrawRandom } from "../../../protocol/subnet.ts";

export interface Challenge {
  /** Also the function that a submission must define; it takes one argument and returns JSON. */
  readonly name: string;
  readonly prompt: string;
  /** A starting point to fill in. */
  readonly template: string;
  /** Shown to miners; written by hand, so that they also check `solve`. */
  readonly examples: readonly { readonly input: Json; readonly output: Json }[];
  /** A hidden input of about `size` items, with the edge cases that the prompt names. Never an array, so that no runner can take it for several arguments. */
  generate(random: DrawRandom, size: number): Json;
  /** The reference solution. */
  solve(input: Json): Json;
}

/** Declares a challenge whose input has a known shape. */
export const challenge = <Input extends Json>(
  declared: Omit<Challenge, "solve" | "generate"> & {
    generate(random: DrawRandom, size: number): Input;
    solve(input: Input): Json;
  },
): Challenge => ({ ...declared, solve: (input) => declared.solve(input as Input) });
