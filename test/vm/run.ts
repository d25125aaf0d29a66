/**
 * `bun test/vm/run.ts`: runs tests, or any command, on a real kernel of another kind than this machine's: control groups
 * version 1 or 2, x86-64 or arm64, as root, as a service or as an ordinary user. Emulated, so slow; not part of `npm test`.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { closingLine } from "../junit.ts";
import { runJob } from "./job.ts";

const FILES = [
  ...["sandbox/cgroup", "sandbox/seccomp", "sandbox/process", "sandbox/hardening.test.ts"],
  ...["sandbox/janitor.test.ts", "sandbox/launch.test.ts", "test/attacks/weakened.test.ts"],
];
const HELP = `bun test/vm/run.ts [options] [test files; by default those of the process back end]
  --arch x64|arm64                      processor (this machine's)
  --cgroup 2|1|none                     version of the control groups (2)
  --as root|service|plain|delegated     root at the root group, root in a service's group, an ordinary user,
                                        an ordinary user whose service has Delegate=yes (root)
  --kernel NAME                         Debian's linux-image-NAME (cloud-amd64 or cloud-arm64)
  --commit REF                          what is run; by default the working tree as it is now
  --run COMMAND                         this instead of bun test; repeatable, until one fails
  --give FILE                           a file to have in /vm/given; repeatable
  --package NAME, --module NAME         a further Debian package, a kernel module to load; repeatable
  --minutes N                           the machine is stopped after that (60)`;

const Options = z.object({
  arch: z.enum(["x64", "arm64"]).default(process.arch === "arm64" ? "arm64" : "x64"),
  cgroup: z.enum(["1", "2", "none"]).default("2"),
  as: z.enum(["root", "service", "plain", "delegated"]).default("root"),
  kernel: z.string().optional(),
  commit: z.string().optional(),
  run: z.array(z.string()).default([]),
  give: z.array(z.string()).default([]),
  package: z.array(z.string()).default([]),
  module: z.array(z.string()).default([]),
  minutes: z.coerce.number().positive().max(600).default(60),
});

async function main(): Promise<number> {
  const one = { type: "string" } as const;
  const many = { type: "string", multiple: true } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ help: { type: "boolean" }, arch: one, cgroup: one, as: one, kernel: one, commit: one },
      ...{ minutes: one, run: many, give: many, package: many, module: many },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { run, give, package: packages, module: modules, ...options } = Options.parse(values);
  const files = positionals.length > 0 ? positionals : FILES;
  const counts = { pass: 0, fail: 0, skip: 0 };
  const code = await runJob({
    ...{ ...options, given: give, packages, modules },
    commands: run.length > 0 ? run : [`bun test --timeout 300000 ${files.join(" ")}`],
    onLine(line) {
      console.log(line);
      const [, count, what] = /^ *(\d+) (pass|fail|skip)$/.exec(line) ?? [];
      if (what !== undefined) counts[what as keyof typeof counts] += Number(count);
    },
  });
  if (run.length > 0) return code;
  const failed = code !== 0 && counts.fail === 0 ? 1 : counts.fail; // a file that cannot be loaded is in no count
  console.log(closingLine({ passed: counts.pass, failed, skipped: counts.skip }));
  return code;
}

process.exitCode = await main().catch((error: Error) => {
  console.error(`vm: ${error.message}`);
  return 1;
});
