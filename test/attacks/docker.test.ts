import { test } from "bun:test";
import { dockerBackend, dockerMissing, engineTraces, startDocker } from "../provision/docker.ts";
import { attackSuite } from "./suite.ts";

const missing = await dockerMissing();

if (missing === undefined) {
  attackSuite("docker", async () => {
    const docker = await startDocker();
    const before = await engineTraces(docker);
    return {
      backend: await dockerBackend(docker),
      leftovers: async () => (await engineTraces(docker)).filter((trace) => !before.includes(trace)),
      stop: docker.stop,
    };
  });
} else test.skip(`attacks on Docker isolates: ${missing}`, () => {});
