import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** What processes beside the measured command did for it. */
export interface DaemonCost {
  /** Seconds of user and system time. */
  readonly cpu: number;
  /** Largest resident set of any one of them, in MiB. */
  readonly peak: number;
}

/** Ticks of the times in /proc: 100 a second on every Linux that Node runs on. */
const TICKS = 100;

/** Begins to measure a process and all below it; call what it gives when the work has been done. */
export function meterOf(pid: number): () => DaemonCost {
  const before = ticksBelow(pid);
  for (const each of treeOf(pid)) forgetPeak(each);
  return () => ({
    cpu: (ticksBelow(pid) - before) / TICKS,
    peak: Math.max(0, ...treeOf(pid).map(peakOf)),
  });
}

/** Of processes that have ended, their parents know. */
function ticksBelow(pid: number): number {
  return treeOf(pid).reduce((sum, each) => sum + ticksOf(each), 0);
}

/** The process and all its descendants. */
function treeOf(pid: number): readonly number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), Number(statOf(Number(name))[1])]),
  );
  const isBelow = (each: number): boolean => each === pid || (each > 1 && isBelow(parents.get(each) ?? 0));
  return [...parents.keys()].filter(isBelow);
}

/** User and system time, its own and of its children that have ended (proc(5): fields 14 to 17). */
function ticksOf(pid: number): number {
  return statOf(pid)
    .slice(11, 15)
    .reduce((sum, each) => sum + Number(each), 0);
}

/** The fields of /proc/PID/stat from the third one on, as the second may hold anything. */
function statOf(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // It has ended.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
