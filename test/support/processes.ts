import { readdirSync, readFileSync } from "node:fs";

/** For a test's `skip` option: false, or why processes cannot be looked at here. */
export function unlessProc(): false | string {
  return readEnvironment("self").length > 0 ? false : "needs /proc";
}

/** Running processes whose environment has this setting ("NAME=value"), one line each: "1234 sleep 60". */
export function processesWith(setting: string): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || !readEnvironment(pid).includes(setting)) return [];
    return [`${pid} ${readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim()}`];
  });
}

function readEnvironment(pid: string): readonly string[] {
  return readText(`/proc/${pid}/environ`).split("\0").filter(Boolean);
}

/** Empty for what has ended meanwhile, or is somebody else's. */
function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
