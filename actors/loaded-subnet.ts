/** A mechanism made ready to run: its definition, the operator's parameters, the rows it draws from. */
import { Failure } from "../protocol/failure.ts";
import type { Json } from "../protocol/ids.ts";
import type { Subnet, TaskKind } from "../protocol/subnet.ts";

export interface LoadedSubnet {
  definition: Subnet;
  // biome-ignore lint/suspicious/noExplicitAny: parsed by the definition's own schema.
  params: any;
  dataset: Readonly<Record<string, readonly Json[]>>;
}

/** Parses the operator's parameters with the mechanism's schema. Fails with `config` and the path of the bad value. */
export function prepareSubnet(
  definition: Subnet,
  options: { params?: unknown; dataset?: LoadedSubnet["dataset"] } = {},
): LoadedSubnet {
  const parsed = definition.params.safeParse(options.params ?? {}, { jitless: true });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Failure("config", `subnet ${definition.name}: bad parameter`, {
      meta: { path: issue?.path.join(".") ?? "", problem: issue?.message ?? "invalid" },
      hint: `See the parameters of ${definition.name} in its documentation.`,
    });
  }
  return { definition, params: parsed.data, dataset: options.dataset ?? {} };
}

/** Whether its validators need a model of their own. */
export function challengesModels({ definition }: Pick<LoadedSubnet, "definition">): boolean {
  const kinds: TaskKind[] = Object.values(definition.kinds);
  return kinds.some(({ by }) => by === "inference");
}
