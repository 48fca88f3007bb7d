import { DistillError } from "../../lib/errors.ts";
import { displayPath } from "../../rootfs/path.ts";
import { DEFAULT_CAPABILITIES } from "../capabilities.ts";
import { command } from "../shell.ts";
import { SAY_STARTED } from "../status.ts";
import type { PreparedJob } from "./executor.ts";
import type { HostTools } from "./host-tools.ts";

/**
 * What stands before the `exec` of `becomeProgram`, as sh(1) has it: a shell that starts in a directory that lies nowhere says so on
 * stderr, unless it is told a name for it.
 */
export const NAMED_DIRECTORY = "PWD=/proc/self/cwd";

/** Programs of this machine that `becomeProgram` needs. */
export const CONFINING_TOOLS: readonly string[] = ["setpriv", "sh", "env"];

/**
 * The words of a command line that gives up what a container's root has not, becomes the user, and then the program. It is
 * to be run in the directory of `tools`, in the job's root file system; the last of its programs leaves that directory. No
 * program of the image runs before, and none of its variables is set. `setFilter` are the words that set a filter.
 */
export function becomeProgram(job: PreparedJob, tools: HostTools, setFilter: readonly string[]): readonly string[] {
  const { user, mapping, environment, directory, arguments: words } = job;
  const capabilities = DEFAULT_CAPABILITIES.map((name) => `+${name.slice(4).toLowerCase()}`);
  const groups = user.groups.length > 0 ? [`--groups=${user.groups.join(",")}`] : ["--clear-groups"];
  return [
    ...tools.start("setpriv"),
    `--bounding-set=-all,${capabilities.join(",")}`,
    ...["--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"],
    ...[`--reuid=${user.uid}`, `--regid=${user.gid}`],
    // Where there is one user only, nobody may choose groups.
    ...(mapping.kind === "single" ? ["--keep-groups"] : groups),
    ...["--", ...setFilter],
    // All that is left to fail is the program's: its directory, its file.
    ...[...tools.start("sh"), "-c", `${SAY_STARTED}; exec "$@"`, "sh"],
    ...[...tools.start("env"), "-i", "-C", displayPath(directory), "--", ...environment, ...program(words)],
  ];
}

/** env takes whatever has an equals sign for a variable. */
function program(words: readonly string[]): readonly string[] {
  const [name = ""] = words;
  if (!name.includes("=")) return words;
  throw new DistillError("UNSUPPORTED", `a program named ${name} cannot be run without an OCI runtime`, {
    hint: "apt install crun, or start it by another name",
  });
}

/** A line of sh(1) that switches the loopback device of a new network namespace on. */
export function startLoopback(): string {
  const SIOCSIFFLAGS = 0x8914;
  const request = `socket(S,2,2,0); ioctl(S,${SIOCSIFFLAGS},pack("a16s@40","lo",1))`;
  return `${command("ip", "link", "set", "lo", "up")} 2>/dev/null || ${command("perl", "-e", request)} 2>/dev/null || :`;
}
