import { DistillError } from "../../lib/errors.ts";
import { parseBytes } from "../../lib/quantities.ts";

/** What the programs of one RUN may use together. */
export interface Limits {
  /** Bytes, swapped out ones included. */
  readonly memory: number | undefined;
  /** Processors' worth of time; parts of one count. */
  readonly cpus: number | undefined;
}

export type Controller = "memory" | "cpu";

/** A file of a group, and what is written to it. */
export interface Setting {
  readonly file: string;
  readonly value: string;
  /** Whether a kernel may lack the file. */
  readonly optional: boolean;
}

/** Less than that, and no program starts. */
const LEAST_MEMORY = 6 * 2 ** 20;

/** Microseconds in which the share of a processor is counted: the kernel's default. */
const PERIOD = 100_000;

/** The least that the kernel takes of a period. */
const LEAST_QUOTA = 1000;

/** `--memory` and `--cpus`. Throws USAGE. */
export function parseLimits(memory: string | undefined, cpus: string | undefined): Limits {
  return {
    memory: memory === undefined ? undefined : parseMemory(memory),
    cpus: cpus === undefined ? undefined : parseCpus(cpus),
  };
}

/** Those that the limits need. */
export function controllersFor({ memory, cpus }: Limits): readonly Controller[] {
  return [...(memory === undefined ? [] : (["memory"] as const)), ...(cpus === undefined ? [] : (["cpu"] as const))];
}

/** What is to be written, in this order (cgroup-v1/memory.txt, scheduler/sched-bwc.txt, cgroup-v2.txt of the kernel). */
export function settingsFor({ memory, cpus }: Limits, controller: Controller, version: 1 | 2): readonly Setting[] {
  const always = (file: string, value: number | string): Setting => ({ file, value: String(value), optional: false });
  const perhaps = (file: string, value: number): Setting => ({ file, value: String(value), optional: true });
  if (controller === "memory") {
    if (memory === undefined) return [];
    if (version === 2) return [always("memory.max", memory), perhaps("memory.swap.max", 0)];
    return [
      perhaps("memory.use_hierarchy", 1),
      always("memory.limit_in_bytes", memory),
      perhaps("memory.memsw.limit_in_bytes", memory),
    ];
  }
  if (cpus === undefined) return [];
  const quota = Math.max(LEAST_QUOTA, Math.round(cpus * PERIOD));
  if (version === 2) return [always("cpu.max", `${quota} ${PERIOD}`)];
  return [always("cpu.cfs_period_us", PERIOD), always("cpu.cfs_quota_us", quota)];
}

function parseMemory(text: string): number {
  // docker's -m takes 512m for 512 MiB.
  const bytes = parseBytes(/^[\d.]+[kmg]b?$/i.test(text) ? text.replace(/([kmg])b?$/i, "$1iB") : text, "--memory");
  if (bytes >= LEAST_MEMORY) return bytes;
  throw new DistillError("USAGE", `--memory is ${text}, and no program runs in that`, {
    hint: "expected 6MiB or more",
  });
}

function parseCpus(text: string): number {
  const cpus = /^\d{1,4}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  if (cpus >= LEAST_QUOTA / PERIOD) return cpus;
  throw new DistillError("USAGE", `--cpus is ${JSON.stringify(text.slice(0, 100))}, which is no number of processors`, {
    hint: "expected a number such as 1.5, at least 0.01",
  });
}
