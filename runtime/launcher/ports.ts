/**
 * Free ports for routes between servers, which must know one another's ports before any of them runs. All are held
 * at once, so that they differ; whoever uses them tries again when another program was quicker.
 */
export async function reservePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
  );
  const ports = holders.map((holder) => holder.port);
  for (const holder of holders) holder.stop(true);
  return ports;
}
