import { setDefaultTimeout } from "bun:test";
import { isolateContract } from "../../test/contract/isolate.ts";
import { dockerBackend, startDocker } from "../../test/provision/docker.ts";

setDefaultTimeout(60_000);
isolateContract("docker", async () => {
  const docker = await startDocker();
  const backend = await dockerBackend(docker);
  return {
    ...backend,
    async close() {
      await backend.close();
      await docker.stop();
    },
  };
});
