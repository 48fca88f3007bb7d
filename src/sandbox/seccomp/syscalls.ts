import { AARCH64 } from "./numbers/aarch64.ts";
import { ARM } from "./numbers/arm.ts";
import { I386 } from "./numbers/i386.ts";
import { X86_64 } from "./numbers/x86-64.ts";

/** A machine that distill runs on. */
export type Machine = "x86-64" | "aarch64";

/** One way in which programs call the kernel of a machine. */
export interface Convention {
  /** AUDIT_ARCH_* (linux/audit.h), by which a filter tells conventions apart. */
  readonly audit: number;
  /** Up to Linux 6.13: later calls are not known here. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Calls with this bit are of a convention that this machine's kernels answer with ENOSYS; 0 for none. */
  readonly foreignBit: number;
}

/** x32: 64-bit registers, 32-bit addresses; kernels have it switched off (asm/unistd.h, __X32_SYSCALL_BIT). */
const X32_BIT = 0x4000_0000;

const CONVENTIONS: Readonly<Record<Machine, readonly Convention[]>> = {
  "x86-64": [
    { audit: 0xc000_003e, numbers: numbered(X86_64), foreignBit: X32_BIT },
    { audit: 0x4000_0003, numbers: numbered(I386), foreignBit: 0 },
  ],
  aarch64: [
    { audit: 0xc000_00b7, numbers: numbered(AARCH64), foreignBit: 0 },
    { audit: 0x4000_0028, numbers: numbered(ARM), foreignBit: 0 },
  ],
};

/** Those of a machine: its own, and that of the 32-bit programs that it runs. */
export function conventionsOf(machine: Machine): readonly Convention[] {
  return CONVENTIONS[machine];
}

/** The machine that this is; undefined for one whose system calls are not listed. */
export function thisMachine(): Machine | undefined {
  if (process.platform !== "linux") return undefined;
  return process.arch === "x64" ? "x86-64" : process.arch === "arm64" ? "aarch64" : undefined;
}

/** The names of all system calls that are known, whatever the machine. */
export function knownCalls(): ReadonlySet<string> {
  return new Set(Object.values(CONVENTIONS).flatMap((each) => each.flatMap(({ numbers }) => [...numbers.keys()])));
}

function numbered(list: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  let next = 0;
  for (const word of list.trim().split(/\s+/)) {
    if (/^\d+$/.test(word)) next = Number(word);
    else numbers.set(word, next++);
  }
  return numbers;
}
