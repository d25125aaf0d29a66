import { test } from "bun:test";
import { dockerBackend, dockerMissing, engineTraces, startDocker } from "../provision/docker.ts";
import { attackSuite } from "./suite.ts";
import { ownUid } from "./uid.ts";

const missing = await dockerMissing();
if (missing === undefined) {
  attackSuite("docker", async () => {
    const docker = await startDocker();
    return {
      backend: await dockerBackend(docker, { spares: 0 }),
      uid: ownUid(), // nobody here; what containers leave is in the traces
      traces: () => engineTraces(docker),
      stop: docker.stop,
    };
  });
} else test.skip(`attacks on Docker isolates: ${missing}`, () => {});
