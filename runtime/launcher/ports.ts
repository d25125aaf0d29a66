import { Failure } from "../../protocol/failure.ts";

/** Below what kernels give to those who ask for any port: nobody comes upon one of these by chance. */
const FIRST = 20_000;
const COUNT = 10_000;
const MOST_TRIES = 1_000;

/**
 * Free ports for routes between servers, which must know one another's ports before any of them runs. All are held
 * at once, so that they differ; whoever uses them tries again when another program was quicker.
 */
export async function reservePorts(count: number): Promise<number[]> {
  const holders: { port: number; stop(close: boolean): void }[] = [];
  const random = new Uint16Array(1);
  for (let tries = 0; holders.length < count; tries++) {
    const port = FIRST + ((crypto.getRandomValues(random)[0] ?? 0) % COUNT);
    try {
      holders.push(Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }));
    } catch (thrown) {
      if (tries === MOST_TRIES)
        throw new Failure("unavailable", `no free ports from ${FIRST} to ${FIRST + COUNT - 1}`, {
          cause: thrown,
          hint: "Stop what listens on them.",
        });
    }
  }
  for (const holder of holders) holder.stop(true);
  return holders.map(({ port }) => port);
}
