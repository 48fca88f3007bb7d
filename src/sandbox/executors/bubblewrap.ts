import { join } from "node:path";
import { displayPath } from "../../rootfs/path.ts";
import { DEFAULT_CAPABILITIES } from "../capabilities.ts";
import { MASKED_PATHS, READ_ONLY_PATHS } from "../kernel-files.ts";
import { command, quoted } from "../shell.ts";
import type { Executor, PreparedJob } from "./executor.ts";
import { lockProgram } from "./host-tools.ts";

/** bubblewrap. It always sets no_new_privs, so set-user-ID programs are ordinary ones. `filter` is a seccomp program. */
export function bubblewrap(program: string, filter: Uint8Array | undefined): Executor {
  return {
    name: "bubblewrap",
    isFiltered: filter !== undefined,
    namespaces: ({ network }) => (network === "none" ? ["net"] : []),
    execution: (job) => {
      const at = (name: string): string => quoted(join(job.private, "files", name));
      const files = new Map([["arguments", Buffer.from(`${argumentsOf(job, filter !== undefined).join("\0")}\0`)]]);
      if (filter !== undefined) files.set("filter", Buffer.from(filter));
      const descriptors = `5< ${at("arguments")}${filter === undefined ? "" : ` 6< ${at("filter")}`}`;
      return {
        files,
        script: [
          ...lockProgram(program),
          ...(job.network === "none" ? ["ip link set lo up 2>/dev/null || :"] : []),
          `exec ${command(program, "--args", "5", "--", ...job.arguments)} ${descriptors}`,
        ],
      };
    },
  };
}

function argumentsOf(job: PreparedJob, filtered: boolean): readonly string[] {
  const ownsNetwork = job.mapping.kind === "root" || job.network === "none";
  const isHidden = (path: string): boolean => path.startsWith("/proc") || ownsNetwork;
  return [
    ...["--bind", job.root, "/", "--proc", "/proc", "--dev", "/dev", "--mqueue", "/dev/mqueue"],
    ...["--ro-bind", "/sys", "/sys", "--tmpfs", "/sys/fs/cgroup"],
    ...READ_ONLY_PATHS.flatMap((path) => ["--ro-bind-try", path, path]),
    ...MASKED_PATHS.filter(isHidden).flatMap(hide),
    ...job.staged.flatMap(({ source, target, writable }) => [
      writable ? "--bind" : "--ro-bind",
      source,
      displayPath(target),
    ]),
    ...["--unshare-ipc", "--unshare-uts", "--unshare-pid", "--as-pid-1", "--hostname", job.hostname],
    ...["--cap-drop", "ALL", ...DEFAULT_CAPABILITIES.flatMap((name) => ["--cap-add", name])],
    ...(filtered ? ["--seccomp", "6"] : []),
    "--clearenv",
    ...job.environment.flatMap((each) => {
      const at = each.indexOf("=");
      return ["--setenv", each.slice(0, at), each.slice(at + 1)];
    }),
    ...["--chdir", displayPath(job.directory)],
  ];
}

function hide(path: string): readonly string[] {
  return ["--ro-bind-try", "/dev/null", path];
}
