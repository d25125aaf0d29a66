/**
 * Turns an allow-list of system calls, written as container engines take it, into the program that the kernel runs
 * before each call (classic BPF over `struct seccomp_data`: number, architecture, instruction, six arguments).
 */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import numbers from "./numbers.json" with { type: "json" };

const Condition = z.object({
  index: z.number().int().min(0).max(5),
  value: z.number().int().min(0).max(0xffff_ffff),
  valueTwo: z.number().int().min(0).max(0xffff_ffff).default(0),
  op: z.enum(["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"]),
});
const Rule = z.object({
  names: z.array(z.string()),
  action: z.enum(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"]),
  errnoRet: z.number().int().min(1).max(4095).optional(),
  /** All must hold. */
  args: z.array(Condition).optional(),
});
/** The part of the engines' format that our lists use; what no rule allows is refused. */
const AllowList = z.object({
  defaultAction: z.literal("SCMP_ACT_ERRNO"),
  defaultErrnoRet: z.number().int().min(1).max(4095),
  syscalls: z.array(Rule),
});
type Rule = z.infer<typeof Rule>;

/** Column in numbers.json, and the kernel's name of the architecture. */
const ARCHITECTURES = {
  x64: { column: 0, audit: 0xc000_003e },
  arm64: { column: 1, audit: 0xc000_00b7 },
} as const;

const LOAD = 0x20; // a word of the data at `k`
const AND = 0x54;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const RETURN = 0x06;
const NUMBER_AT = 0;
const ARCH_AT = 4;
const ARGS_AT = 16;
const KILL = 0x8000_0000;
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;
/** Numbers from here on are the x32 dialect of x86-64: other calls under the same architecture. */
const X32 = 0x4000_0000;
const EPERM = 1;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

/** The filter of an allow-list, 8 bytes an instruction. Throws `unavailable` for an architecture without numbers. */
export function seccompFilter(list: unknown, arch: string = process.arch): Uint8Array {
  const { defaultErrnoRet, syscalls } = AllowList.parse(list);
  const here = ARCHITECTURES[arch as keyof typeof ARCHITECTURES];
  if (here === undefined) {
    throw new Failure("unavailable", `there is no system call filter for ${arch}`, {
      hint: "Isolates with a filter run on x86-64 and arm64.",
      retryable: false,
    });
  }
  const table: Readonly<Record<string, readonly (number | null)[]>> = numbers;
  const rules = new Map<number, Rule[]>();
  for (const rule of syscalls) {
    for (const name of rule.names) {
      const number = table[name]?.[here.column];
      if (number === undefined || number === null) continue; // no such call here: refused like all that is not named
      rules.set(number, [...(rules.get(number) ?? []), rule]);
    }
  }
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCH_AT],
    [JUMP_IF_EQUAL, 1, 0, here.audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER_AT],
    ...(arch === "x64" ? ([[JUMP_IF_AT_LEAST, 0, 1, X32], refuse(EPERM)] as const) : []),
  ];
  for (const [number, each] of [...rules].sort(([a], [b]) => a - b)) {
    const block = [...each.flatMap(answer), ...(each.every(conditional) ? [refuse(defaultErrnoRet)] : [])];
    program.push([JUMP_IF_EQUAL, 0, block.length, number], ...block);
  }
  program.push(refuse(defaultErrnoRet));
  return encode(program);
}

const conditional = (rule: Rule): boolean => (rule.args?.length ?? 0) > 0;
const refuse = (errno: number): Instruction => [RETURN, 0, 0, ERRNO | errno];

/** Returns the rule's action when all its conditions hold, and goes on behind it otherwise. */
function answer(rule: Rule): Instruction[] {
  const action: Instruction =
    rule.action === "SCMP_ACT_ALLOW" ? [RETURN, 0, 0, ALLOW] : refuse(rule.errnoRet ?? EPERM);
  let block: Instruction[] = [action];
  for (const { index, value, valueTwo, op } of rule.args ?? []) {
    const low = ARGS_AT + 8 * index;
    const masked = op === "SCMP_CMP_MASKED_EQ";
    // The mask has no upper bits, so that only an exact value concerns the upper half of the argument.
    const tests: Instruction[] = masked
      ? [
          [LOAD, 0, 0, low],
          [AND, 0, 0, value],
          [JUMP_IF_EQUAL, 0, block.length, valueTwo],
        ]
      : [
          [LOAD, 0, 0, low + 4],
          [JUMP_IF_EQUAL, 0, block.length + 2, 0],
          [LOAD, 0, 0, low],
          [JUMP_IF_EQUAL, 0, block.length, value],
        ];
    block = [...tests, ...block];
  }
  return block;
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, ifTrue, ifFalse, k], index) => {
    const at = index * 8;
    bytes.setUint16(at, code, true);
    bytes.setUint8(at + 2, ifTrue);
    bytes.setUint8(at + 3, ifFalse);
    bytes.setUint32(at + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}
