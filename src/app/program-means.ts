import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProgramMeans } from "../build/run/means.ts";
import { DistillError, fromSystemError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import { type Limits, parseLimits } from "../sandbox/cgroup/limits.ts";
import type { ExecutorName } from "../sandbox/executors/executor.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Store } from "../store/store.ts";

/** What a user says of RUN. */
export interface ProgramOptions {
  /** `id=NAME,src=FILE` or `id=NAME,env=VARIABLE`. */
  readonly secret: readonly string[];
  /** `NAME=SOCKET`, or `default`. */
  readonly ssh: readonly string[];
  readonly network: "default" | "none" | "host";
  readonly executor: ExecutorName | "auto";
  /** Limits of each RUN, as --memory and --cpus say them. */
  readonly memory?: string | undefined;
  readonly cpus?: string | undefined;
}

/** What RUN steps of a build need. What the user gives is checked at once. */
export function programMeans(
  {
    store,
    cacheDirectory,
    progress,
  }: { readonly store: Store; readonly cacheDirectory: string; readonly progress: Progress },
  options: ProgramOptions,
): ProgramMeans {
  const secrets = new Map(options.secret.map(parseSecret));
  const agents = new Map(options.ssh.map(parseAgent));
  const { memory, cpus } = options;
  const limits = memory === undefined && cpus === undefined ? undefined : parseLimits(memory, cpus);
  let opened: Promise<Sandbox> | undefined;
  return {
    sandbox: () => {
      opened ??= open(store, { executor: options.executor, limits }, progress);
      return opened;
    },
    secret: async (id) => secrets.get(id)?.(),
    agent: (id) => agents.get(id),
    cacheDirectory: join(cacheDirectory, "mounts"),
    network: options.network === "none" ? "none" : "host",
  };
}

/** Loaded when the first program is to run. */
async function open(
  store: Store,
  { executor, limits }: { readonly executor: ProgramOptions["executor"]; readonly limits: Limits | undefined },
  progress: Progress,
): Promise<Sandbox> {
  const { openSandbox } = await import("../sandbox/choose.ts");
  const sandbox = openSandbox(store, executor, limits);
  // What programs of other builds left belongs to users that this process is not.
  await sandbox.files.remove(store.sweepSnapshots());
  if (sandbox.executor === "util-linux") {
    const lack = sandbox.isFiltered ? "" : ", without a filter of system calls (apt install crun, or perl, for one)";
    progress.info(`RUN is confined by util-linux alone${lack}`);
  }
  return sandbox;
}

function parseSecret(text: string): readonly [string, () => Promise<Uint8Array | undefined>] {
  const values = new Map<string, string>();
  for (const field of text.split(",")) {
    const at = field.indexOf("=");
    if (at < 0) throw new DistillError("USAGE", `--secret ${text}: ${field} is no NAME=VALUE`, SECRET_HINT);
    values.set(field.slice(0, at).trim().toLowerCase(), field.slice(at + 1));
  }
  const id = values.get("id");
  const type = values.get("type");
  const file = values.get("src") ?? values.get("source");
  const variable = values.get("env") ?? (type === "env" || file === undefined ? id : undefined);
  if (id === undefined || (type !== undefined && type !== "file" && type !== "env")) {
    throw new DistillError("USAGE", `--secret ${text} says nothing that could be used`, SECRET_HINT);
  }
  if (file !== undefined) return [id, () => contentOf(file)];
  return [id, async () => variableNamed(variable)];
}

const SECRET_HINT = { hint: "--secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE" };

async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw fromSystemError(error, "reading the secret", file);
  }
}

function variableNamed(variable: string | undefined): Uint8Array | undefined {
  const value = variable === undefined ? undefined : process.env[variable];
  return value === undefined ? undefined : Buffer.from(value, "utf8");
}

function parseAgent(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  const socket = at < 0 ? process.env.SSH_AUTH_SOCK : text.slice(at + 1);
  if (name !== "" && socket !== undefined && socket !== "") return [name, socket];
  throw new DistillError("USAGE", `--ssh ${text} leads to no agent`, {
    hint: "--ssh default lends the agent of SSH_AUTH_SOCK, --ssh NAME=SOCKET another one",
  });
}
