/** What every command that runs isolates can be told of them. */
import { z } from "zod";
import { BACKENDS, PYTHON_BUILDS } from "../../sandbox/backends.ts";
import { option } from "../options/options.ts";

const group = "Sandbox";

export const isolateOptions = {
  backend: option(z.enum(BACKENDS).default("auto"), {
    description:
      "How strangers' code is isolated; auto takes Wasmtime, else Docker, else hardened processes.",
    group,
  }),
  engine: option(z.string().max(4_096).optional(), {
    description: "Wasmtime: a wheel or a libwasmtime that is here already, instead of fetching it.",
    placeholder: "FILE",
    group,
  }),
  pythonBuild: option(z.enum(PYTHON_BUILDS).default("frozen"), {
    description: "Wasmtime: whether Python starts from its stored state or anew; alike on all validators.",
    group,
  }),
  dockerSocket: option(z.string().max(4_096).optional(), {
    description: "Docker: the engine's socket. Default: DOCKER_HOST, else /var/run/docker.sock.",
    placeholder: "PATH",
    group,
  }),
  dockerImage: option(z.string().max(255).optional(), {
    description: "Docker: the runner image, by name or digest. Default: orrery-runner.",
    placeholder: "REF",
    group,
  }),
  dockerRuntime: option(z.string().max(64).optional(), {
    description: "Docker: a runtime of the engine, such as runsc for gVisor.",
    placeholder: "NAME",
    group,
  }),
};

const IsolateOptions = z.object(isolateOptions);
export type IsolateOptions = z.output<typeof IsolateOptions>;
