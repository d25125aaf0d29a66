import { test } from "bun:test";
import {
  type DockerEngine,
  dockerBackend,
  dockerMissing,
  engineTraces,
  startDocker,
} from "../provision/docker.ts";
import type { Leave } from "./leftovers.ts";
import { attackSuite, type UnderAttack } from "./suite.ts";
import { ownUid } from "./uid.ts";

const missing = await dockerMissing();
let docker: DockerEngine;

const open = async (): Promise<UnderAttack> => {
  docker = await startDocker();
  return {
    backend: await dockerBackend(docker, { spares: 0 }),
    another: () => dockerBackend(docker),
    uid: ownUid(), // nobody here; what containers leave is in the traces
    traces: () => engineTraces(docker),
    stop: docker.stop,
  };
};

const container: Leave = async () => {
  const { engine, image } = docker;
  const made = await engine.createContainer({ Image: image, NetworkDisabled: true });
  return { lines: [`container ${made.id}`], undo: async () => void (await made.remove({ force: true })) };
};

if (missing === undefined) await attackSuite("docker", open, { container });
else test.skip(`attacks on Docker isolates: ${missing}`, () => {});
