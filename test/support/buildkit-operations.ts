import { isGitAddress } from "../../src/dockerfile/graph/remote-address.ts";
import type { Origin } from "../../src/plan/origin.ts";
import type { Plan, Step } from "../../src/plan/plan.ts";
import type { RunMount, RunStep } from "../../src/plan/run-step.ts";
import type { TransferStep } from "../../src/plan/transfer-step.ts";

/**
 * What is done for a plan, one line of JSON each, sorted and without repetitions: BuildKit's graph and our steps in one form.
 * Its graph has operations that are the same once, and leaves out what nothing uses.
 */
export function operationsOfPlan(plan: Plan): readonly string[] {
  const steps = plan.stages.flatMap((stage) => stage.steps);
  return lines(steps.flatMap(operationsOfStep));
}

export function operationsOfGolden(operations: readonly GoldenOperation[]): readonly string[] {
  return lines(operations.flatMap(({ Op }) => operationsOf(Op)));
}

function lines(operations: readonly object[]): readonly string[] {
  return [...new Set(operations.map((each) => JSON.stringify(each)))].sort();
}

function operationsOfStep(step: Step): readonly object[] {
  switch (step.kind) {
    case "run":
      return [runOperation(step), ...documentsOf(step.mounts), ...step.mounts.flatMap(imagesOf)];
    case "transfer":
      return [...transferOperations(step), ...imageOf(step.from)];
    case "workdir":
      return [{ directory: step.path, owner: ownerText(step.user, true) }];
    case "from":
      return imageOf(step.origin);
    default:
      return [];
  }
}

function imagesOf(mount: RunMount): readonly object[] {
  return "from" in mount && mount.from !== undefined ? imageOf(mount.from) : [];
}

function imageOf(origin: Origin): readonly object[] {
  return origin.kind === "image" ? [{ image: origin.reference }] : [];
}

function runOperation(step: RunStep): object {
  return {
    run: step.arguments,
    directory: step.directory,
    environment: [...step.environment].sort(),
    user: step.user ?? null,
    network: step.network,
    security: step.security,
    mounts: step.mounts
      .flatMap(mountOf)
      .map((each) => JSON.stringify(each))
      .sort(),
    variables: step.mounts.flatMap((mount) =>
      mount.kind === "secret" && mount.variable !== undefined
        ? [{ id: mount.id, name: mount.variable, optional: !mount.required }]
        : [],
    ),
  };
}

function mountOf(mount: RunMount): readonly object[] {
  switch (mount.kind) {
    case "bind":
      return [{ bind: mount.target, source: mount.source, writable: mount.writable }];
    case "cache":
      return [{ cache: mount.target, id: withoutSlash(mount.id), sharing: mount.sharing }];
    case "tmpfs":
      return [{ tmpfs: mount.target, size: mount.size ?? 0 }];
    case "secret":
      if (mount.target === undefined) return [];
      return [{ secret: mount.target, id: mount.id, ...numbers(mount), optional: !mount.required }];
    case "ssh":
      return [{ ssh: mount.target, id: mount.id, ...numbers(mount), optional: !mount.required }];
    case "document":
      return [{ bind: "/dev/pipes", source: "/", writable: false }];
  }
}

function numbers({ mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number }) {
  return { mode, uid, gid };
}

function documentsOf(mounts: readonly RunMount[]): readonly object[] {
  return mounts.flatMap((mount) => (mount.kind === "document" ? [documentOf(mount.content, 0o755)] : []));
}

function documentOf(content: string, mode: number): object {
  return { document: content, mode };
}

function transferOperations(step: TransferStep): readonly object[] {
  return step.sources.flatMap((source): readonly object[] => {
    if (source.kind === "http") {
      return [{ http: source.url }, copyOperation(step, `/${source.url.split("/").at(-1)}`, undefined)];
    }
    if (source.kind === "git") return [{ git: true }, copyOperation(step, "/", undefined)];
    if (source.kind === "document") {
      return [documentOf(source.content, 0o644), copyOperation(step, `/${source.name}`, undefined)];
    }
    return [copyOperation(step, source.path, source.below)];
  });
}

function copyOperation(step: TransferStep, source: string, below: string | undefined): object {
  return {
    copy: source,
    below: below ?? null,
    to: step.destination,
    mode: step.mode?.replace(/^0+(?=\d)/, "") ?? null,
    owner: ownerText(step.owner, false),
    exclude: step.exclude,
  };
}

/** An owner as both have it: 0 is nobody said. */
function ownerText(owner: string | undefined, lone: boolean): string {
  const [user = "", group = lone ? "" : user] = (owner ?? "").split(":");
  return `${userText(user)}:${userText(group)}`;
}

function userText(name: string): string {
  return name === "" || name === "root" ? "0" : name;
}

function operationsOf({ exec, file, source }: GoldenOperation["Op"]): readonly object[] {
  if (exec !== undefined) return [execOperation(exec)];
  if (file !== undefined) return file.actions.flatMap(({ Action }) => actionOperations(Action));
  if (source === undefined) return [];
  const { identifier } = source;
  if (identifier.startsWith("docker-image://")) return [{ image: identifier.slice("docker-image://".length) }];
  if (identifier.startsWith("git://") || isGitAddress(identifier)) return [{ git: true }];
  return /^https?:/.test(identifier) ? [{ http: identifier }] : [];
}

function execOperation({ meta, mounts, network, security, secretenv }: GoldenExec) {
  return {
    run: meta.args,
    directory: withoutSlash(meta.cwd),
    environment: [...meta.env].sort(),
    user: meta.user ?? null,
    network: (["default", "host", "none"] as const)[network ?? 0],
    security: security === 1 ? "insecure" : "sandbox",
    mounts: mounts
      .slice(1)
      .map((mount) => JSON.stringify(goldenMount(mount, meta.cwd)))
      .sort(),
    variables: (secretenv ?? []).map(({ ID, name, optional }) => ({ id: ID, name, optional: optional === true })),
  };
}

/** An operation of BuildKit's graph, with what is checked of it. */
export interface GoldenOperation {
  readonly Op: {
    readonly exec?: GoldenExec;
    readonly file?: { readonly actions: readonly { readonly Action: GoldenAction }[] };
    readonly source?: { readonly identifier: string };
  };
}

interface GoldenExec {
  readonly meta: {
    readonly args: readonly string[];
    readonly cwd: string;
    readonly env: readonly string[];
    readonly user?: string;
  };
  /** The first is the root file system. */
  readonly mounts: readonly GoldenMount[];
  readonly network?: number;
  readonly security?: number;
  readonly secretenv?: readonly { readonly ID: string; readonly name: string; readonly optional?: boolean }[];
}

interface GoldenOptions {
  readonly ID?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly optional?: boolean;
  readonly sharing?: number;
}

interface GoldenMount {
  readonly dest: string;
  readonly selector?: string;
  readonly readonly?: boolean;
  readonly cacheOpt?: GoldenOptions;
  readonly secretOpt?: GoldenOptions;
  readonly SSHOpt?: GoldenOptions;
  readonly TmpfsOpt?: { readonly size?: number };
}

function goldenMount(mount: GoldenMount, directory: string): object {
  const { cacheOpt, secretOpt, SSHOpt, TmpfsOpt } = mount;
  const target = withoutSlash(mount.dest.startsWith("/") ? mount.dest : `${withoutSlash(directory)}/${mount.dest}`);
  if (cacheOpt !== undefined) {
    const sharing = (["shared", "private", "locked"] as const)[cacheOpt.sharing ?? 0];
    return { cache: target, id: withoutSlash(cacheOpt.ID?.slice(1) ?? ""), sharing };
  }
  if (secretOpt !== undefined) return { secret: target, ...goldenOptions(secretOpt) };
  if (SSHOpt !== undefined) return { ssh: target, ...goldenOptions({ ...SSHOpt, ID: SSHOpt.ID ?? "default" }) };
  if (TmpfsOpt !== undefined) return { tmpfs: target, size: TmpfsOpt.size ?? 0 };
  return { bind: target, source: mount.selector ?? "/", writable: mount.readonly !== true };
}

function goldenOptions({ ID, mode = 0, uid = 0, gid = 0, optional = false }: GoldenOptions): object {
  return { id: ID, mode, uid, gid, optional };
}

function withoutSlash(path: string): string {
  return path === "/" ? path : path.replace(/\/$/, "");
}

interface GoldenUser {
  readonly User?: { readonly byId?: number; readonly byName?: { readonly name: string } };
}

interface GoldenAction {
  readonly copy?: {
    readonly src: string;
    readonly dest: string;
    readonly mode: number;
    readonly modeStr?: string;
    readonly owner?: { readonly user?: GoldenUser; readonly group?: GoldenUser };
    readonly include_patterns?: readonly string[];
    readonly exclude_patterns?: readonly string[];
    readonly followSymlink?: boolean;
  };
  readonly mkdir?: {
    readonly path: string;
    readonly makeParents?: boolean;
    readonly owner?: { readonly user?: GoldenUser; readonly group?: GoldenUser };
  };
  readonly mkfile?: { readonly data?: string; readonly mode: number };
}

function actionOperations({ copy, mkdir, mkfile }: GoldenAction): readonly object[] {
  if (mkfile !== undefined) return [documentOf(Buffer.from(mkfile.data ?? "", "base64").toString(), mkfile.mode)];
  // The root of a cache that has an owner.
  if (mkdir !== undefined && mkdir.makeParents !== true) return [];
  if (mkdir !== undefined) return [{ directory: withoutSlash(mkdir.path), owner: goldenOwner(mkdir.owner) }];
  if (copy === undefined) return [];
  return [
    {
      copy: copy.src,
      below: copy.include_patterns?.[0] ?? null,
      // What ends with a dot is a directory, as what ends with a slash.
      to: copy.dest.replace(/(?<=\/)\.$/, ""),
      mode: copy.modeStr ?? (copy.mode === -1 ? null : copy.mode.toString(8)),
      owner: goldenOwner(copy.owner),
      exclude: copy.exclude_patterns ?? [],
    },
  ];
}

function goldenOwner(owner: { readonly user?: GoldenUser; readonly group?: GoldenUser } | undefined): string {
  const shown = (user: GoldenUser | undefined): string => user?.User?.byName?.name ?? String(user?.User?.byId ?? 0);
  return `${shown(owner?.user)}:${shown(owner?.group)}`;
}
