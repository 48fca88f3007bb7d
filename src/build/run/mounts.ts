import { randomBytes } from "node:crypto";
import { mkdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { digestOf, hexOf } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import type { Origin } from "../../plan/origin.ts";
import type { RunMount, RunStep } from "../../plan/run-step.ts";
import type { DirectoryNode } from "../../rootfs/node.ts";
import { pathFromText, ROOT, type RootPath } from "../../rootfs/path.ts";
import { Tree } from "../../rootfs/tree.ts";
import type { MountSource } from "../../sandbox/job.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { JsonValue } from "../../store/steps.ts";
import type { BuildRun } from "../build-run.ts";
import type { FileSource } from "../collaborators.ts";
import { FileState } from "../file-state.ts";
import { emptyTree } from "../layer-files.ts";
import { resolvePath } from "../steps/transfer-sources.ts";
import type { Selected } from "../transfer/selection.ts";
import { lendAgent } from "./lent-agent.ts";
import { lowersOf, wholeTreeOf } from "./lowers.ts";
import type { ProgramMeans } from "./means.ts";

/** A mount of a step whose source is known, and not opened yet. */
export interface ResolvedMount {
  readonly target: string;
  readonly type: "file" | "directory";
  /** What of it decides what the program finds, and belongs to the step's key. */
  readonly described: JsonValue;
  /** Of a cache: the purpose of leases of those who use it. Nobody removes it meanwhile. */
  readonly cache?: string;
  /** Caches that nobody else may use meanwhile, by what `exclusion` says. */
  readonly exclusive?: { readonly purpose: string; readonly sharing: "private" | "locked" };
  open(sandbox: Sandbox, number: number): Promise<MountSource>;
}

/** What a step gets of secrets as variables, and which values its log must not show. */
export interface ResolvedSecrets {
  readonly variables: readonly string[];
  readonly values: readonly Uint8Array[];
}

export interface ResolvedMounts {
  readonly mounts: readonly ResolvedMount[];
  readonly secrets: ResolvedSecrets;
}

type FilesOf = (origin: Origin) => Promise<FileSource>;

/** Finds what a step mounts. NO_SUCH_PATH and USAGE where something is missing. */
export async function resolveMounts(
  run: BuildRun,
  means: ProgramMeans,
  step: RunStep,
  filesOf: FilesOf,
): Promise<ResolvedMounts> {
  const mounts: ResolvedMount[] = [];
  const variables: string[] = [];
  const values: Uint8Array[] = [];
  for (const mount of step.mounts) {
    if (mount.kind === "secret") {
      const value = await secretOf(means, mount);
      if (value === undefined) continue;
      values.push(value);
      if (mount.variable !== undefined) variables.push(`${mount.variable}=${Buffer.from(value).toString("utf8")}`);
      if (mount.target !== undefined) mounts.push(secretFile(mount, mount.target, value));
    } else {
      const resolved = await resolveMount(run, means, step, mount, filesOf);
      if (resolved !== undefined) mounts.push(resolved);
    }
  }
  return { mounts, secrets: { variables, values } };
}

type Secret = Extract<RunMount, { readonly kind: "secret" }>;

async function secretOf(means: ProgramMeans, { id, required }: Secret): Promise<Uint8Array | undefined> {
  const value = await means.secret(id);
  if (value !== undefined || !required) return value;
  throw new DistillError("USAGE", `the secret ${id} is required, and was not given`, {
    hint: `--secret id=${id},src=FILE or --secret id=${id},env=NAME gives it`,
  });
}

function secretFile({ id, mode, uid, gid }: Secret, target: string, content: Uint8Array): ResolvedMount {
  return {
    ...{ target, type: "file", described: ["secret", id, target, mode, uid, gid] },
    open: async () => ({ kind: "memory", content, mode, uid, gid, writable: false }),
  };
}

async function resolveMount(
  run: BuildRun,
  means: ProgramMeans,
  step: RunStep,
  mount: Exclude<RunMount, Secret>,
  filesOf: FilesOf,
): Promise<ResolvedMount | undefined> {
  const { target } = mount;
  switch (mount.kind) {
    case "tmpfs": {
      const { size } = mount;
      const described = ["tmpfs", target, size ?? null];
      return { target, type: "directory", described, open: async () => ({ kind: "tmpfs", size }) };
    }
    case "document": {
      const content = Buffer.from(mount.content, "utf8");
      const source = { kind: "memory", content, mode: 0o755, uid: 0, gid: 0, writable: false } as const;
      return { target, type: "file", described: ["document", target, mount.content], open: async () => source };
    }
    case "ssh": {
      const path = means.agent(mount.id);
      const { mode, uid, gid } = mount;
      if (path !== undefined) {
        const described = ["ssh", mount.id, target, mode, uid, gid];
        const open = async (): Promise<MountSource> => {
          const { temporaryDirectory } = run.collaborators.lease;
          const lent = await lendAgent(path, temporaryDirectory, `agent-${randomBytes(4).toString("hex")}`);
          run.closeAtEnd(lent);
          return { kind: "socket", path: lent.path, mode, uid, gid };
        };
        return { target, type: "file", described, open };
      }
      if (!mount.required) return undefined;
      throw new DistillError("USAGE", `the agent ${mount.id} is required, and was not lent`, {
        hint:
          mount.id === "default" ? "--ssh default lends the one of SSH_AUTH_SOCK" : `--ssh ${mount.id}=SOCKET lends it`,
      });
    }
    case "bind": {
      const source = await bindSource(run, step, mount, filesOf);
      return {
        target,
        type: source.type,
        ...bindOf(run, source, mount.writable),
        described: ["bind", target, source.fingerprint, mount.writable],
      };
    }
    case "cache":
      return resolveCache(run, means, step, mount, filesOf);
  }
}

interface BindSource {
  readonly type: "file" | "directory";
  readonly fingerprint: string;
  readonly files: FileSource;
  select(): Promise<Selected>;
}

async function bindSource(
  run: BuildRun,
  step: RunStep,
  { from, source }: { readonly from: Origin; readonly source: string },
  filesOf: FilesOf,
): Promise<BindSource> {
  const files = await filesOf(from);
  const path = { kind: "path", path: source === "" ? "/" : source, below: undefined } as const;
  const resolved = await resolvePath(run, { from, exclude: [] }, path, files);
  const select = async (): Promise<Selected> => {
    const [selected] = await resolved.select();
    if (selected === undefined)
      throw new DistillError("NO_SUCH_PATH", `${source} stands for nothing that could be mounted`);
    return selected;
  };
  const type = await run.remembered(run.key("mount type", resolved.fingerprint), async () => {
    const { node } = await select();
    if (node.type === "file" || node.type === "directory") return node.type;
    throw new DistillError(
      "UNSUPPORTED",
      `${source} is a ${node.type}, and ${step.text.slice(0, 60)} mounts files and directories`,
    );
  });
  return { type, fingerprint: resolved.fingerprint, files, select };
}

function bindOf(run: BuildRun, source: BindSource, writable: boolean): Pick<ResolvedMount, "open"> {
  return {
    open: async (sandbox) => {
      const { lowers, path } = await unpacked(run, sandbox, source);
      const discard = writable ? { discard: run.collaborators.store.draftSnapshot(run.collaborators.lease) } : {};
      return { kind: "files", type: source.type, lowers, path, ...discard };
    },
  };
}

/** Those of a stage lie on disk for its programs too; of a context, what is mounted and no more is unpacked. */
async function unpacked(
  run: BuildRun,
  sandbox: Sandbox,
  { files, select }: BindSource,
): Promise<{ readonly lowers: readonly string[]; readonly path: RootPath }> {
  const { path, node } = await select();
  if (files instanceof FileState) {
    const lowers = await lowersOf(run, sandbox, files);
    if (lowers.length > 0) return { lowers, path };
  }
  if (node.type === "directory") return { lowers: [await wholeTreeOf(run, sandbox, new Tree(node))], path: ROOT };
  const name = "file";
  const alone: DirectoryNode = { ...emptyTree().root, children: new Map([[name, node]]) };
  return { lowers: [await wholeTreeOf(run, sandbox, new Tree(alone))], path: pathFromText(name) };
}

async function resolveCache(
  run: BuildRun,
  means: ProgramMeans,
  step: RunStep,
  mount: Extract<RunMount, { readonly kind: "cache" }>,
  filesOf: FilesOf,
): Promise<ResolvedMount> {
  const { target, id, sharing, writable, mode, uid, gid, from, source } = mount;
  const begins = from === undefined ? undefined : await bindSource(run, step, { from, source }, filesOf);
  const key = hexOf(digestOf(JSON.stringify(["cache mount", id, begins?.fingerprint ?? null])));
  const purpose = `cache mount ${key}`;
  return {
    ...{ target, type: "directory", cache: purpose },
    // Neither its name nor how it is shared: what it holds must not matter.
    described: ["cache", target, begins?.fingerprint ?? null, writable, mode, uid, gid],
    ...(sharing === "shared" ? {} : { exclusive: { purpose, sharing } }),
    open: async (sandbox, number) => {
      const directory = join(means.cacheDirectory, key, sandbox.mapping.kind, String(number));
      touch(join(means.cacheDirectory, key));
      const isNew = mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined;
      if (isNew && begins !== undefined)
        await sandbox.files.unpackInto(
          directory,
          new Tree((await begins.select()).node as DirectoryNode),
          run.collaborators.signal,
        );
      return { kind: "cache", directory, writable, first: isNew ? { mode, uid, gid } : undefined };
    },
  };
}

/** Notes when a cache was last used; one that is not there yet will be new. */
function touch(directory: string): void {
  try {
    utimesSync(directory, new Date(), new Date());
  } catch {
    // It is made next.
  }
}
