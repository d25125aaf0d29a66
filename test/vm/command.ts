/** Commands that must succeed. */

/** Runs it and returns what it printed; throws with the end of what it said when it fails. */
export async function must(command: readonly string[], cwd = "/"): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = Bun.spawn([...command], { cwd, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [code, out, said] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (code === 0) return out;
  throw new Error(`${command.slice(0, 3).join(" ")}: ${said.trim().slice(-500) || `exit ${code}`}`);
}
