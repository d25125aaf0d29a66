/** Speed of isolates in Docker, beside a plain `docker run` of the same image. */
import { type DockerEngine, dockerBackend, dockerMissing, startDocker } from "../provision/docker.ts";
import { NATIVE, request } from "./isolate-request.ts";
import { atMost, type BenchRow, median, timed } from "./row.ts";

const REPEATS = 7;

/** No rows where there is no engine. Medians over interleaved repeats. */
export async function dockerRows(): Promise<BenchRow[]> {
  if ((await dockerMissing()) !== undefined) return [];
  const docker = await startDocker();
  const fresh = await dockerBackend(docker, { spares: 0 });
  const stocked = await dockerBackend(docker);
  try {
    await stocked.run(request(1)); // from here on its spare has these limits
    const cold: number[] = [];
    const plain: number[] = [];
    const perCase: number[] = [];
    const submission: number[] = [];
    const kill: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      plain.push(await timed(() => plainRun(docker)));
      cold.push(await timed(() => fresh.run(request(1))));
      await Bun.sleep(500); // the spare is made while nobody asks
      const run = await timed(async () => {
        const { cases } = await stocked.run(request(3));
        perCase.push(...cases.map(({ usage }) => usage.wallMs));
      });
      submission.push(run);
      kill.push(await killTime(fresh));
    }
    const floor = median(plain);
    return [
      {
        ...atMost("docker: submission of 1 case, cold", median(cold), 400),
        floor,
        ratio: median(cold) / floor,
      },
      atMost("docker: case in a running container", median(perCase), 60),
      {
        ...atMost("docker: submission of 3 cases", median(submission), 600),
        floor,
        ratio: median(submission) / floor,
      },
      atMost("docker: cancel of a running case until its container is gone", median(kill), 150),
    ];
  } finally {
    await fresh.close();
    await stocked.close();
    await docker.stop();
  }
}

async function plainRun({ socketPath, image }: DockerEngine): Promise<void> {
  const command = ["docker", "-H", `unix://${socketPath}`, "run", "--rm", "--network", "none"];
  const child = Bun.spawn([...command, "--entrypoint", "python3", image, "-S", "-c", NATIVE], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  if ((await child.exited) !== 0) throw new Error("docker run failed");
}

async function killTime(backend: Awaited<ReturnType<typeof dockerBackend>>): Promise<number> {
  const files = { "main.py": "def solve(x):\n    while True:\n        pass" };
  const abort = new AbortController();
  const run = backend.run(request(1, { files }), { signal: abort.signal }).catch(() => {});
  await Bun.sleep(600); // into the loop
  return await timed(() => {
    abort.abort();
    return run;
  });
}
