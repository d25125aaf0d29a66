/** A real browser for the dashboard's tests: Debian's chromium, driven by playwright-core. */
import { existsSync } from "node:fs";
import type { Provisioned } from "./nats.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function chromiumBinary(): Promise<Provisioned> {
  const found = () => PLACES.find((path) => existsSync(path));
  const path = found();
  if (path !== undefined) return { path };
  if (!Bun.which("apt-get")) return { missing: "this is not a Debian machine; install Chromium by hand" };
  if (process.getuid?.() !== 0) return { missing: "run as root once, or: apt-get install chromium" };
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const command of [
    ["apt-get", "update", "-q"],
    ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
  ]) {
    const child = Bun.spawn(command, { env, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
    const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    if (code !== 0) return { missing: `${command.join(" ")}: ${said.trim().slice(-300)}` };
  }
  const installed = found();
  return installed === undefined ? { missing: "apt-get installed no chromium" } : { path: installed };
}

/** For `test/run.ts`: a line when it is missing, which with CI=true is a failure. */
export async function provisionChromium(): Promise<{ ok: boolean; missing: string[] }> {
  const { missing } = await chromiumBinary();
  if (missing === undefined) return { ok: true, missing: [] };
  return { ok: process.env.CI !== "true", missing: [`chromium: ${missing}`] };
}

/** What a headless start needs: no sandbox of its own as root, and no calls home. */
export const CHROMIUM_ARGS = [
  "--headless",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
