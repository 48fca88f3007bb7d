import { readdirSync, readFileSync } from "node:fs";

const VARIABLE = "DISTILL_TEST_RUN";

/** Marks every process that this one starts from now on, through an environment variable; returns the mark. */
export function markProcesses(): string {
  const marker = `${process.pid}-${Date.now()}`;
  process.env[VARIABLE] = marker;
  return marker;
}

/** The marked processes that still run, one line each ("1234 sleep 60"). Empty where there is no /proc. */
export function leftovers(marker: string): readonly string[] {
  return processes().flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      if (!environment.includes(`${VARIABLE}=${marker}`)) return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim()}`];
    } catch {
      // Ended meanwhile, or somebody else's.
      return [];
    }
  });
}

function processes(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  } catch {
    return [];
  }
}
