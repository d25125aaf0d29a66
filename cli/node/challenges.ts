/** What a node needs where miners' models are challenged: one to judge by, or one to be judged. */
import { challengesModels, type LoadedSubnet } from "../../actors/loaded-subnet.ts";
import type { Scheduler } from "../../models/scheduler/scheduler.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Role } from "../../protocol/role.ts";
import type { HostedNode } from "../../runtime/create-node.ts";
import type { NodeConfig } from "./config.ts";

/** A node that is a world of its own has no model but its own to judge others by. */
export async function checkJudge(
  config: NodeConfig,
  roles: readonly Role[],
  subnet: LoadedSubnet,
): Promise<void> {
  if (config.nats !== undefined || roles.includes("model") || !challengesModels(subnet)) return;
  // Only for such a subnet: no other node needs that code here.
  const { challengesOf } = await import("../../actors/validator/judge-models.ts");
  const [asked] = challengesOf(subnet);
  if (asked === undefined) return;
  throw new Failure(
    "config",
    `subnet ${subnet.definition.name} challenges the model ${asked.model}, and there is none here`,
    {
      hint: `Judge with a model of your own: --role validator,model,… --models ${asked.model}.`,
    },
  );
}

/** What validators may challenge. With the role model beside it, that role alone serves them. */
export async function minerModels(node: HostedNode, config: NodeConfig): Promise<readonly Scheduler[]> {
  if (config.models.length === 0 || node.roles.includes("model")) return [];
  const { openModels } = await import("./models.ts");
  const { createScheduler } = await import("../../models/scheduler/scheduler.ts");
  const { clock, rng, blobs, log } = node;
  const memoryBytes = config.modelMemoryMb * 1024 * 1024;
  const opened = await openModels({ models: config.models, clock, rng, blobs, log, memoryBytes });
  const schedulers = opened.map((model) => createScheduler({ model, clock, memoryBytes }));
  // Now: the time of a first answer counts.
  await Promise.all(schedulers.map((scheduler) => scheduler.warmUp({ signal: node.signal })));
  return schedulers;
}
