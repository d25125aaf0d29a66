/** Calls of tools come in pieces: an id and a name first, then the arguments bit by bit. */
import type { ToolCallPart } from "./events.ts";
import { misbehaved } from "./server.ts";

const ARGUMENTS_LIMIT = 1024 * 1024;

/** A type, not an interface: it travels as JSON. */
type ToolCall = {
  id: string;
  type: string;
  function: { name: string; arguments: string };
};

export class ToolCalls {
  readonly #calls = new Map<number, ToolCall>();
  #size = 0;

  add({ index, id, type, function: part }: ToolCallPart): void {
    const call = this.#calls.get(index) ?? {
      id: "",
      type: "function",
      function: { name: "", arguments: "" },
    };
    this.#calls.set(index, call);
    call.id ||= id ?? "";
    call.type = type ?? call.type;
    call.function.name ||= part?.name ?? "";
    call.function.arguments += part?.arguments ?? "";
    this.#size += part?.arguments?.length ?? 0;
    if (this.#size > ARGUMENTS_LIMIT)
      throw misbehaved("its calls of tools have no end", { limit: ARGUMENTS_LIMIT });
  }

  /** In the order of their index. */
  list(): ToolCall[] {
    return [...this.#calls].sort(([a], [b]) => a - b).map(([, call]) => call);
  }
}
