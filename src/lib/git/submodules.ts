import { DistillError } from "../errors.ts";
import { readObjects } from "./objects.ts";
import type { Git } from "./run-git.ts";
import type { GitTreeEntry } from "./tree-object.ts";

/** What .gitmodules says of the repository at one path. */
export interface SubmoduleSettings {
  readonly url: string;
  /** `update = none`: it is left out. */
  readonly skipped: boolean;
}

const MAX_SIZE = 1 << 20;

/**
 * Reads .gitmodules (gitmodules(5)) by path, as bytes. Names of submodules are not used for anything. FORMAT_INVALID where
 * it is no file of git's configuration syntax, or a link; LIMIT_EXCEEDED above 1 MiB.
 */
export async function readSubmodules(
  git: Git,
  repository: string,
  root: readonly GitTreeEntry[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, SubmoduleSettings>> {
  const entry = root.find(({ name }) => name === ".gitmodules");
  if (entry === undefined) return new Map();
  if (entry.type !== "file" && entry.type !== "executable") throw invalid(".gitmodules is no plain file");
  const [object] = await readObjects(git, repository, [entry.id], signal);
  if (object === undefined || object.body.length > MAX_SIZE) {
    throw new DistillError("LIMIT_EXCEEDED", `.gitmodules of a repository is larger than ${MAX_SIZE} bytes`);
  }
  const args = ["config", "--no-includes", "--null", "--file", "-", "--list"];
  const output = await git.output(args, { signal, input: object.body }).catch(() => {
    throw invalid(".gitmodules cannot be read");
  });
  return byPath(output.toString("latin1"));
}

/** Records `KEY NEWLINE VALUE NUL`; the last value of a key counts. */
function byPath(list: string): ReadonlyMap<string, SubmoduleSettings> {
  const named = new Map<string, Map<string, string>>();
  for (const record of list.split("\0")) {
    const end = record.indexOf("\n");
    const key = end < 0 ? record : record.slice(0, end);
    const match = /^submodule\.(.+)\.(path|url|update)$/s.exec(key);
    if (match === null || end < 0) continue;
    const [, name = "", setting = ""] = match;
    const settings = named.get(name) ?? new Map<string, string>();
    settings.set(setting, record.slice(end + 1));
    named.set(name, settings);
  }
  const found = new Map<string, SubmoduleSettings>();
  for (const settings of named.values()) {
    const path = settings.get("path");
    const url = settings.get("url");
    if (path === undefined || url === undefined) continue;
    found.set(path.replace(/\/+$/, ""), {
      url: Buffer.from(url, "latin1").toString("utf8"),
      skipped: settings.get("update") === "none",
    });
  }
  return found;
}

function invalid(why: string): DistillError {
  return new DistillError("FORMAT_INVALID", `the submodules of a repository cannot be found: ${why}`, {
    hint: "submodules=false in the address leaves them out",
  });
}
