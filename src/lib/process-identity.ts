import { readFileSync, readlinkSync } from "node:fs";
import { systemErrorCode } from "./errors.ts";

/** Names a process so that a later one with the same number, or one after a reboot, is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot and start time; empty where there is no /proc. */
  readonly process: string;
  /** The pid namespace in which `pid` means something; empty where there is no /proc. */
  readonly namespace: string;
}

/** The running process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, process: startOf(process.pid) ?? "", namespace: ownNamespace() };
}

/** "elsewhere" means that this process cannot see: the other one lives in another pid namespace (a container). */
export function stateOf(identity: ProcessIdentity): "alive" | "dead" | "elsewhere" {
  if (identity.process !== "" && !identity.process.startsWith(`${bootIdentifier()}/`)) return "dead";
  if (identity.namespace !== ownNamespace()) return "elsewhere";
  if (identity.process !== "") return startOf(identity.pid) === identity.process ? "alive" : "dead";
  return answersSignal(identity.pid) ? "alive" : "dead";
}

/** Boot identifier and start time in clock ticks since boot (proc_pid_stat(5), field 22); a zombie has none. */
function startOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command, field 2, is in brackets and may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return `${bootIdentifier()}/${fields[19] ?? ""}`;
}

/** Changes with each start of the machine; empty where there is no /proc. */
export function bootIdentifier(): string {
  return readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

function ownNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}
