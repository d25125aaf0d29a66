import { test } from "bun:test";
import {
  type DockerEngine,
  dockerBackend,
  dockerMissing,
  engineTraces,
  startDocker,
} from "../provision/docker.ts";
import type { Leftover } from "./leftovers.ts";
import { attackSuite } from "./suite.ts";
import { ownUid } from "./uid.ts";

async function leaveContainer({ engine, image }: DockerEngine): Promise<Leftover> {
  const container = await engine.createContainer({ Image: image, NetworkDisabled: true });
  return {
    lines: [`container ${container.id}`],
    undo: async () => void (await container.remove({ force: true })),
  };
}

const missing = await dockerMissing();
if (missing === undefined) {
  await attackSuite("docker", async () => {
    const docker = await startDocker();
    return {
      backend: await dockerBackend(docker, { spares: 0 }),
      uid: ownUid(), // nobody here; what containers leave is in the traces
      traces: () => engineTraces(docker),
      leavable: { container: () => leaveContainer(docker) },
      stop: docker.stop,
    };
  });
} else test.skip(`attacks on Docker isolates: ${missing}`, () => {});
