// Finds the Bun that npm installed and, when npm skipped bun's own install script, puts its binary in place.
// The only file that Node runs: `npm install`, `npm start` and `npm test` need nothing but Node.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const REAL_BINARY_BYTES = 1_000_000; // npm leaves a script of a few hundred bytes where the binary belongs

function packageFolder() {
  try {
    return dirname(require.resolve("bun/package.json"));
  } catch {
    throw new Error('nothing is installed yet. Run "npm install" in this folder first.');
  }
}

/** Where npm put the binary; of several (with and without AVX2) the first that this processor runs. */
function packagedBinary(folder) {
  const scope = join(folder, "..", "@oven");
  const found = existsSync(scope) ? readdirSync(scope).sort() : [];
  const binaries = found
    .map((name) => join(scope, name, "bin", process.platform === "win32" ? "bun.exe" : "bun"))
    .filter((binary) => existsSync(binary));
  const running = binaries.find((binary) => spawnSync(binary, ["--version"]).status === 0);
  if (running !== undefined) return running;
  const what = `${process.platform}-${process.arch}`;
  throw new Error(
    binaries.length === 0
      ? `npm installed no Bun binary for ${what}. Run "npm install" without --omit=optional.`
      : `no Bun binary that npm installed runs on this ${what} machine. Remove node_modules and run "npm install" here.`,
  );
}

/** The path of a Bun that runs; links it to `node_modules/bun/bin`, so that `npx bun` works as well. */
function bunBinary() {
  const folder = packageFolder();
  const bin = join(folder, "bin");
  const installed = join(bin, "bun.exe");
  if (existsSync(installed) && statSync(installed).size > REAL_BINARY_BYTES) return installed;
  const binary = packagedBinary(folder);
  try {
    for (const name of ["bun.exe", "bunx.exe"]) {
      const fresh = join(bin, `${name}.${process.pid}`);
      rmSync(fresh, { force: true });
      try {
        linkSync(binary, fresh);
      } catch {
        copyFileSync(binary, fresh);
      }
      chmodSync(fresh, 0o755);
      renameSync(fresh, join(bin, name));
    }
    return installed;
  } catch {
    return binary; // a read-only node_modules: run it from where it lies
  }
}

const args = process.argv.slice(2);
try {
  const bun = bunBinary();
  if (args[0] !== "--link") {
    const child = spawn(bun, args, { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.on("error", (error) => {
      console.error(
        `orrery: Bun does not start: ${error.message}. Remove node_modules and run "npm install" again.`,
      );
      process.exit(1);
    });
    child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
  }
} catch (error) {
  console.error(`orrery: ${error.message}`);
  // At install time a missing binary is a warning: the same check fails with the same words at `npm start`.
  process.exit(args[0] === "--link" ? 0 : 1);
}
