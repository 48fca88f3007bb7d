import { type ComposeCollaborators, compose, type PackageSource, rememberComposed } from "../compose/compose.ts";
import { askedOf, differencesFrom } from "../compose/lock/asked.ts";
import { type Asked, type LockSection, lockIdentity } from "../compose/lock/lock.ts";
import { changesBetween } from "../compose/lock/lock-changes.ts";
import type { LockOutcome } from "../compose/lock/lock-outcome.ts";
import { sourceFixes } from "../compose/lock/source-fixes.ts";
import { readMembers } from "../compose/packages/payload.ts";
import type { ChosenPackage, ComposeRecord } from "../compose/record.ts";
import type { ComposeRequest } from "../compose/request.ts";
import { type ArchiveSource, sourceKey } from "../debian/archive/sources.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import { LOCAL_ARCHIVE } from "./local-archive.ts";
import type { LockView } from "./lock-file.ts";
import { LockedPackageSource } from "./locked-source.ts";
import { ArchivePackageSource, type SourcesRequest, sourcesOf } from "./package-source.ts";
import type { Workspace } from "./workspace.ts";

export interface ComposeMeans extends Workspace {
  readonly lease: Lease;
  /** Seconds since the epoch that every entry of the layers carries. */
  readonly timestamp: number;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  readonly lock: LockView | undefined;
}

export interface ComposedLayers {
  readonly record: ComposeRecord;
  /** Absent where no lock is in force. */
  readonly lock: LockOutcome | undefined;
}

/** Something that can be composed from packages that are chosen and locked. */
export interface Composition {
  readonly request: SourcesRequest;
  readonly asked: Asked;
  /** All of what packages say of themselves is needed. */
  readonly wholeControl: boolean;
  compose(collaborators: ComposeCollaborators): Promise<ComposeRecord>;
  /** Remembers a record as what is made from packages of that identity, too. */
  remember(source: Pick<PackageSource, "identity" | "local">, record: ComposeRecord, means: ComposeMeans): void;
}

/** A base of the catalogue, without a system. */
export function baseComposition(request: ComposeRequest): Composition {
  return {
    ...{ request, asked: askedOf(request), wholeControl: false },
    compose: (collaborators) => compose(request, collaborators),
    remember: (source, record, means) => rememberComposed(request, source, record, means),
  };
}

/**
 * Composes what is asked for: from the packages of the lock where it fits what is asked for, else from the archives, with
 * the lock's section made anew. CONFIG_INVALID where a lock is demanded (`--locked`) and missing or unfit.
 */
export async function composeLayers(what: Composition, means: ComposeMeans): Promise<ComposedLayers> {
  const { request, asked } = what;
  const { platform } = request;
  const sources = await sourcesOf(request);
  const { lock } = means;
  if (lock === undefined) {
    return withArchives(what, sources, [], means, async (source) => ({
      record: await what.compose({ ...means, source }),
      lock: undefined,
    }));
  }
  const section = lock.section(platform);
  const archives = [...sources.map(sourceKey), ...(request.debs.length === 0 ? [] : [LOCAL_ARCHIVE.key])];
  const unfit = section === undefined ? undefined : differencesFrom(section, asked, archives);
  if (section !== undefined && unfit?.length === 0 && !lock.options.update) {
    return composeLocked(what, section, sources, lock, means);
  }
  if (lock.options.locked) throw notLocked(lock, platform, unfit);
  if (unfit !== undefined && unfit.length > 0 && !lock.options.update) {
    means.progress.info(`${lock.shown} does not fit any more (${unfit.join("; ")}): choosing packages anew`);
  }
  return composeAnew(what, sources, lock, means);
}

/** From the packages of a section that fits. */
async function composeLocked(
  what: Composition,
  section: LockSection,
  sources: readonly ArchiveSource[],
  lock: LockView,
  means: ComposeMeans,
): Promise<ComposedLayers> {
  means.progress.info(`The packages are those of ${lock.shown}`);
  const source = new LockedPackageSource({ ...sourceOptions(what, means), section, sources });
  try {
    const record = await what.compose({ ...means, source });
    return { record, lock: outcomeOf(lock, what.request.platform, "obeyed") };
  } catch (error) {
    if (!isDistillError(error, "UNSATISFIABLE", "PACKAGE_CONFLICT")) throw error;
    throw new DistillError("CONFIG_INVALID", `the packages of ${lock.shown} do not belong together: ${error.message}`, {
      hint: "restore it from version control, or write it anew with --update",
      cause: error,
    });
  } finally {
    await source.close();
  }
}

/** From the archives; what is chosen goes into the lock. Without --update, its packages are kept as far as possible. */
async function composeAnew(
  what: Composition,
  sources: readonly ArchiveSource[],
  lock: LockView,
  means: ComposeMeans,
): Promise<ComposedLayers> {
  const { platform } = what.request;
  const { update } = lock.options;
  const before = lock.section(platform);
  const preferred = update ? [] : (before?.packages ?? []);
  const refresh = means.refresh || (update && !means.offline);
  return withArchives(what, sources, preferred, { ...means, refresh }, async (source) => {
    const record = await what.compose({ ...means, source });
    const section: LockSection = { asked: what.asked, archives: source.archives, packages: record.choice };
    lock.put(platform, section);
    const locked = { identity: lockIdentity(section), local: source.local };
    what.remember(locked, withoutNewer(record), means);
    if (before === undefined) return { record, lock: outcomeOf(lock, platform, "new") };
    const changed = changesBetween(before, section);
    const fixes = await sourceFixes(changed, section.packages, async (of) => {
      const { data } = await source.open(of);
      return { data, members: await readMembers(data) };
    });
    const changes = changed.map(({ change }) => change);
    return { record, lock: { ...outcomeOf(lock, platform, "renewed"), changes, fixes } };
  });
}

async function withArchives<T>(
  what: Composition,
  sources: readonly ArchiveSource[],
  preferred: readonly ChosenPackage[],
  means: ComposeMeans,
  use: (source: ArchivePackageSource) => Promise<T>,
): Promise<T> {
  const { refresh } = means;
  const digests = new Set(preferred.map(({ digest }) => digest));
  const options = { ...sourceOptions(what, means), sources, refresh, preferred: digests };
  const source = await ArchivePackageSource.open(options);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

function sourceOptions(
  { request, wholeControl }: Composition,
  { cacheDirectory, lease, offline, progress, signal }: ComposeMeans,
) {
  return {
    request,
    wholeControl,
    cacheDirectory,
    temporaryDirectory: lease.temporaryDirectory,
    offline,
    progress,
    signal,
  };
}

function outcomeOf(lock: LockView, platform: Platform, state: LockOutcome["state"]): LockOutcome {
  return { path: lock.shown, platform: formatPlatform(platform), state, changes: [], fixes: [] };
}

/** As composing from the lock gives it: nobody asks then what else the archives have. */
function withoutNewer(record: ComposeRecord): ComposeRecord {
  return { ...record, packages: record.packages.map((each) => ({ ...each, newer: null })) };
}

function notLocked(lock: LockView, platform: Platform, unfit: readonly string[] | undefined): DistillError {
  const why = !lock.isThere
    ? `there is no lock file ${lock.shown}`
    : unfit === undefined
      ? `${lock.shown} has no packages for ${formatPlatform(platform)}`
      : `${lock.shown} does not fit: ${unfit.join("; ")}`;
  return new DistillError("CONFIG_INVALID", `${why}, and --locked was given`, {
    hint: "run the same command without --locked, look at what changed in the lock, and keep it under version control",
  });
}
