import { findProgram } from "../programs.ts";
import { conventionsOf, type Machine } from "../seccomp/syscalls.ts";

/** linux/prctl.h, linux/seccomp.h */
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;

/** Bytes of one instruction of a filter. */
const INSTRUCTION = 8;

/** A filter of system calls that a program without one of its own can be started behind. */
export interface PerlFilter {
  /** A `struct sock_fprog`'s instructions: see bpf.ts. */
  readonly program: Uint8Array;
  /** Arguments of perl: it reads the filter from a file of the current directory, sets it, and becomes the program that follows. */
  start(file: string): readonly string[];
}

/**
 * Sets filters by perl, which Debian has on every machine (perl-base): of all that is always there, it alone can make any system
 * call, and it needs no module for that. Whoever is started has to have no_new_privs set. Undefined where there is no perl.
 */
export function perlFilter(program: Uint8Array, machine: Machine): PerlFilter | undefined {
  const prctl = conventionsOf(machine)[0]?.numbers.get("prctl");
  if (prctl === undefined || findProgram("perl") === undefined) return undefined;
  const script = [
    "open(F, '<', shift) && sysread(F, $f, 1 << 20) or die \"filter: $!\\n\";",
    "close(F);",
    // In the kernel's layout: a count of 16 bits, and a pointer at the next place for one.
    `$p = pack('S x![P] P', length($f) / ${INSTRUCTION}, $f);`,
    `syscall(${prctl}, ${PR_SET_SECCOMP}, ${SECCOMP_MODE_FILTER}, $p) == 0 or die "filter: $!\\n";`,
    'exec { $ARGV[0] } @ARGV or die "exec: $!\\n";',
  ].join(" ");
  return { program, start: (file) => ["-e", script, file] };
}
