import type { Encoding } from "./fields.ts";

/** The instruction set: ELF's e_machine, and a short name for it ("machine 4711" where there is none). */
export interface ElfMachine {
  readonly number: number;
  readonly name: string;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [2, "sparc"],
  [3, "i386"],
  [4, "m68k"],
  [15, "hppa"],
  [18, "sparc"],
  [40, "arm"],
  [42, "sh4"],
  [43, "sparc64"],
  [50, "ia64"],
  [94, "xtensa"],
  [189, "microblaze"],
  [190, "cuda"],
  [195, "arc"],
  [224, "amdgpu"],
  [247, "bpf"],
  [252, "csky"],
  [0x9026, "alpha"],
]);

/** Names the machine as Linux distributions do, which takes word size and byte order into account. */
export function machineOf(number: number, encoding: Encoding): ElfMachine {
  return { number, name: nameOf(number, encoding) };
}

function nameOf(number: number, encoding: Encoding): string {
  const wide = encoding.class === 64;
  const little = encoding.littleEndian;
  switch (number) {
    case 8:
      return `mips${wide ? "64" : ""}${little ? "el" : ""}`;
    case 20:
      return little ? "ppcle" : "ppc";
    case 21:
      return little ? "ppc64le" : "ppc64";
    case 22:
      return wide ? "s390x" : "s390";
    case 62:
      return wide ? "x86-64" : "x32";
    case 183:
      return `aarch64${little ? "" : "_be"}`;
    case 243:
      return wide ? "riscv64" : "riscv32";
    case 258:
      return wide ? "loongarch64" : "loongarch32";
    default:
      return NAMES.get(number) ?? `machine ${number}`;
  }
}
