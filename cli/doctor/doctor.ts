/** `bun run doctor`: what a node needs, looked at before it starts, with the fix for what is missing. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { ROLES, type Role } from "../../protocol/role.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { NodeConfig } from "../node/config.ts";
import { configPath } from "../node/node.ts";
import { readConfigFile } from "../options/config-file.ts";
import { type CommandInfo, helpText } from "../options/help.ts";
import { option, parseOptions } from "../options/options.ts";
import { table } from "../terminal/table.ts";
import type { Check, Finding, Patient } from "./check.ts";

/** Fetching and compiling the isolate engine takes the longest. */
const LIMIT_MS = 120_000;

const Options = NodeConfig.extend({
  json: option(z.boolean().default(false), { description: "Print one JSON object.", group: "Running" }),
});

const info: CommandInfo = {
  name: "doctor",
  summary:
    "Checks what a node with these options needs, and says the fix. Changes nothing. Exit code 1 when a check fails.",
  usage: "bun run doctor --role ROLE[,…] [the options of the node]",
  schema: Options,
  examples: [
    {
      command: "bun run doctor --config validator.toml",
      what: "before `bun run node --config validator.toml`",
    },
  ],
};

export async function run(args: string[]): Promise<number> {
  const where = configPath(args);
  const file = where === undefined ? {} : await readConfigFile(where);
  const { options, help } = parseOptions(Options, { args, env: process.env, file });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const { json, ...config } = options;
  const clock = createSystemClock();
  // Only now: help and refused options have no need of what the checks look into.
  const { CHECKS } = await import("./checks.ts");
  const findings = await examine(CHECKS, {
    config,
    roles: rolesOf(config),
    clock,
    rng: createSystemRng(),
    spawn: createBunSpawn({ clock }),
  });
  const ok = findings.every(({ state }) => state !== "fail");
  console.log(json ? JSON.stringify({ ok, findings }) : show(findings));
  return ok ? 0 : 1;
}

/** Runs the checks one after the other, so that none disturbs another's figures; each has two minutes. */
export async function examine(
  checks: readonly Check[],
  patient: Omit<Patient, "signal">,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, run: look } of checks) {
    const limit = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = patient.clock.after(LIMIT_MS, () => {
      limit.abort();
      reject(new Failure("timeout", `no result within ${LIMIT_MS / 1_000} s`));
    });
    try {
      findings.push(...[await Promise.race([look({ ...patient, signal: limit.signal }), late])].flat());
    } catch (thrown) {
      findings.push({ name, state: "fail", detail: Failure.from(thrown).toLine() });
    } finally {
      timer.cancel();
    }
  }
  return findings;
}

/** Roles that `all` leaves out. */
const APART: readonly Role[] = ["miner", "model", "chain"];

const rolesOf = ({ role }: NodeConfig): Role[] =>
  ROLES.filter((each) => role.includes(each) || (role.includes("all") && !APART.includes(each)));

const show = (findings: readonly Finding[]): string =>
  table<Finding>(
    [
      { name: "check", cell: ({ name }) => name },
      { name: "", cell: ({ state }) => state },
      { name: "found", cell: ({ detail, fix }) => (fix === undefined ? detail : `${detail}. Fix: ${fix}`) },
    ],
    findings,
  );
