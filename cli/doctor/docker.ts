/** Is a Docker engine there? For information: isolates do not need it. */
import { existsSync } from "node:fs";
import { type Check, skipped } from "./check.ts";

const SOCKET = "/var/run/docker.sock";

export const dockerAt = (socket: string): Check => ({
  name: "docker",
  async run() {
    if (!existsSync(socket)) return skipped("docker", `no ${socket}; nothing here needs it`);
    try {
      const answer = await fetch("http://docker/_ping", { unix: socket, signal: AbortSignal.timeout(2_000) });
      return {
        name: "docker",
        state: "ok",
        detail: `${socket} answers: ${(await answer.text()).slice(0, 40)}`,
      };
    } catch {
      const fix = "Nothing here needs Docker; to use it, start it and join its group.";
      return { name: "docker", state: "warn", detail: `${socket} does not answer this user`, fix };
    }
  },
});

export const docker = dockerAt(SOCKET);
