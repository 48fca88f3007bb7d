import { findProgramOn } from "../lib/programs.ts";

/** Where administrators' programs lie, which the PATH of ordinary users often lacks. */
const SYSTEM_DIRECTORIES = "/usr/sbin:/sbin:/usr/bin:/bin";

const found = new Map<string, string | undefined>();

/** Absolute path of a program of this machine; undefined where it has none of that name. */
export function findProgram(name: string): string | undefined {
  if (!found.has(name)) found.set(name, findProgramOn(`${process.env.PATH ?? ""}:${SYSTEM_DIRECTORIES}`, name));
  return found.get(name);
}
