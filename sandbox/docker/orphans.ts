/** Containers of nodes that were killed: their guests end with the node, what is left of them is removed here. */
import type Docker from "dockerode";
import type { Clock } from "../../runtime/ports/clock.ts";
import { engineCall } from "./engine.ts";
import { LABEL } from "./settings.ts";

/** A container that another node has just made is not started yet, but is no orphan. */
const STARTING_MS = 60_000;

/** Removes every ended or never started isolate of any node, and returns how many. Throws `unavailable`. */
export async function removeOrphans(engine: Docker, clock: Clock): Promise<number> {
  const found = await engineCall("isolates of killed nodes cannot be looked up", () =>
    engine.listContainers({
      all: true,
      filters: { label: [LABEL], status: ["created", "exited", "dead"] },
    }),
  );
  const orphans = found!.filter(
    ({ State, Created }) => State !== "created" || clock.now() - Created * 1_000 > STARTING_MS,
  );
  for (const { Id } of orphans) {
    await engineCall(
      "an isolate of a killed node cannot be removed",
      () => engine.getContainer(Id).remove({ force: true, v: true }),
      [404, 409],
    );
  }
  return orphans.length;
}
