import { describe, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { seccompFilter } from "./filter.ts";
import numbers from "./numbers.json" with { type: "json" };
import program from "./program.json" with { type: "json" };

const ALLOW = 0x7fff_0000;
const EPERM = 0x0005_0001;
const KILL = 0x8000_0000;
const AUDIT = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;
const COLUMN = { x64: 0, arm64: 1 } as const;

/** What the kernel does with such a program, written down once more: the verdict of one call. */
function verdict(filter: Uint8Array, arch: number, number: number, args: readonly bigint[] = []): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, arch, true);
  for (const [index, arg] of args.entries()) data.setBigUint64(16 + 8 * index, BigInt.asUintN(64, arg), true);
  const code = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  let accumulator = 0;
  for (let at = 0; at < filter.length; ) {
    const [ifTrue, ifFalse] = [code.getUint8(at + 2), code.getUint8(at + 3)];
    const k = code.getUint32(at + 4, true);
    const go = (yes: boolean) => {
      at += 8 * (1 + (yes ? ifTrue : ifFalse));
    };
    switch (code.getUint16(at, true)) {
      case 0x20:
        accumulator = data.getUint32(k, true);
        at += 8;
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        at += 8;
        break;
      case 0x15:
        go(accumulator === k);
        break;
      case 0x35:
        go(accumulator >= k);
        break;
      case 0x06:
        return k;
      default:
        throw new Error("an instruction that no filter of ours has");
    }
  }
  throw new Error("the program has no end");
}

for (const arch of ["x64", "arm64"] as const) {
  describe(`the filter of ${arch}`, () => {
    const filter = seccompFilter(program, arch);
    const table: Readonly<Record<string, readonly (number | null)[]>> = numbers;
    const call = (name: string, ...args: bigint[]) =>
      verdict(filter, AUDIT[arch], table[name]![COLUMN[arch]]!, args);

    test("allows exactly the calls that are named, whatever their number", () => {
      const named = program.syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW");
      const plain = new Set(named.filter((rule) => !("args" in rule)).flatMap(({ names }) => names));
      const conditional = new Set(program.syscalls.flatMap(({ names }) => names));
      for (const [name, each] of Object.entries(table)) {
        const number = each[COLUMN[arch]];
        if (number === null || number === undefined || (conditional.has(name) && !plain.has(name))) continue;
        expect([name, verdict(filter, AUDIT[arch], number)]).toEqual([name, plain.has(name) ? ALLOW : EPERM]);
      }
      expect(verdict(filter, AUDIT[arch], 100_000)).toBe(EPERM);
    });

    test("looks at arguments whole: 64 bits, all conditions, every rule of a call", () => {
      expect(call("socket", 1n)).toBe(ALLOW);
      expect(call("socket", 2n)).toBe(EPERM);
      expect(call("socket", 1n + (1n << 32n))).toBe(EPERM);
      expect(call("clone", 0x0120_0011n)).toBe(ALLOW); // what fork asks for
      for (const namespace of [0x1000_0000n, 0x2000_0000n, 0x4000_0000n, 0x0002_0000n, 0x0400_0000n]) {
        expect(call("clone", namespace | 17n)).toBe(EPERM);
      }
      expect(call("clone3")).toBe(0x0005_0026); // as if the kernel were older: libraries then use clone
      expect(call("prctl", 15n)).toBe(ALLOW);
      expect(call("prctl", 22n)).toBe(EPERM);
      expect(call("ioctl", 1n, 0x5412n)).toBe(EPERM);
    });

    test("kills what calls in another architecture's way", () => {
      expect(verdict(filter, 0x4000_0003, 1)).toBe(KILL); // 32-bit x86: other numbers for the same calls
      if (arch === "x64") expect(verdict(filter, AUDIT.x64, 0x4000_0000)).toBe(EPERM);
    });
  });
}

test("every name of a list is a system call of some architecture", () => {
  const unknown = program.syscalls.flatMap(({ names }) => names).filter((name) => !(name in numbers));
  expect(unknown).toEqual(["_newselect"]); // of 32-bit machines, which containers of others may have
});

test("an architecture without numbers is refused", () => {
  expect(() => seccompFilter(program, "riscv64")).toThrow(Failure);
});

test.skipIf(Bun.which("bwrap") === null)("the kernel takes it", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "filter");
  await Bun.write(path, seccompFilter(program));
  const descriptor = openSync(path, "r");
  try {
    const command = [
      "bwrap",
      "--unshare-user",
      "--ro-bind",
      "/",
      "/",
      "--proc",
      "/proc",
      "--seccomp",
      "3",
      "--",
    ];
    const grep = ["grep", "Seccomp:", "/proc/self/status"];
    const child = Bun.spawn([...command, ...grep], { stdio: ["ignore", "pipe", "inherit", descriptor] });
    expect((await new Response(child.stdout).text()).trim()).toBe("Seccomp:\t2");
  } finally {
    closeSync(descriptor);
  }
});
