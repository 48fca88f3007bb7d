import { readdirSync, readFileSync } from "node:fs";

/** Behind standard error and what programs are given. */
const FIRST = 5;

/** Of `flags` in /proc/PID/fdinfo (proc_pid_fdinfo(5)): closed when another program is executed; octal. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Open files that programs would inherit, by number: this process was started with them (a shell's `9< file`, something that a
 * service forgot). Node closes all that it opens itself. Empty where there is no /proc.
 */
export function inheritedDescriptors(): readonly number[] {
  return numbersIn("/proc/self/fdinfo").filter((number) => number >= FIRST && isInherited(number));
}

function numbersIn(directory: string): readonly number[] {
  try {
    return readdirSync(directory).map(Number);
  } catch {
    return [];
  }
}

function isInherited(number: number): boolean {
  try {
    const [, flags = "0"] = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, "latin1")) ?? [];
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}
