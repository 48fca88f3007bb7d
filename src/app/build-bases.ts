import type { StageBase } from "../build/collaborators.ts";
import { distrolessImage, isDistrolessName } from "../compose/catalogue/distroless-names.ts";
import { isSystemName, systemImage } from "../compose/catalogue/system-names.ts";
import type { LockOutcome } from "../compose/lock/lock-outcome.ts";
import type { ComposeRecord } from "../compose/record.ts";
import type { BaseResolver, ResolvedBase } from "../dockerfile/graph/request.ts";
import { platformOf } from "../image/config.ts";
import { type Content, configOf, type ManifestContent } from "../image/content.ts";
import { nameFilter } from "../image/name-filter.ts";
import { formatPlatform, type Platform, samePlatform } from "../image/platform.ts";
import { formatFamiliar, parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { selectImage } from "../image/select.ts";
import { parseLocalSource } from "../image/source/location.ts";
import { openSource } from "../image/source/open.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import type { ImageOrigin, NamedContextOrigin } from "../plan/origin.ts";
import type { Remote } from "../registry/remote.ts";
import { comparePaths } from "../rootfs/path.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { LayerPart } from "../store/images.ts";
import type { Lease } from "../store/leases.ts";
import { withProgress } from "./blob-progress.ts";
import { type BuildMaterials, composedPackages } from "./build-materials.ts";
import type { ComposedImage } from "./composed-system.ts";
import type { LockFile } from "./lock-file.ts";
import { blamingRegistry, type RegistryAccess } from "./registry-access.ts";
import type { Workspace } from "./workspace.ts";

export interface BuildBasesOptions extends RegistryAccess, Workspace {
  readonly lease: Lease;
  /** Images that are composed in place of being pulled: all that can be, or those that a pattern fits. */
  readonly compose: boolean | readonly string[];
  /** Registries are asked also for what the store has. */
  readonly pull: boolean;
  readonly offline: boolean;
  readonly refresh: boolean;
  /** Seconds since the epoch that entries of composed layers carry. */
  readonly timestamp: number;
  readonly lock: LockFile | undefined;
  /** Where maintainer scripts of a composed Debian run. */
  readonly sandbox: () => Promise<Sandbox>;
}

/** A base that was composed in place of being pulled. */
export interface ComposedBase {
  /** As people write it. */
  readonly name: string;
  readonly record: ComposeRecord;
  /** What became of its part of the lock; absent where none is in force. */
  readonly lock: LockOutcome | undefined;
}

interface Base extends ResolvedBase {
  readonly files: () => Promise<StageBase>;
  readonly composed?: () => Promise<ComposedBase>;
  /** Of an image that was not composed: its name and manifest. */
  readonly found?: { readonly name: string; readonly digest: Digest };
  /** How it differs from what its name asks for, with the name. */
  readonly difference?: string | undefined;
}

const FILES_ONLY: ResolvedBase = { author: undefined, config: {}, history: [] };

/**
 * The images that stages of a Dockerfile begin with or take files from: of the store, else of their registry, or composed
 * where that is asked for. Each is looked for once; a registry's is asked for its config first, and for layers when they
 * are needed.
 */
export class BuildBases implements BaseResolver, AsyncDisposable {
  readonly #options: BuildBasesOptions;
  readonly #bases = new Map<string, Promise<Base>>();
  readonly #opened: AsyncDisposable[] = [];
  readonly #composing: Promise<unknown>[] = [];
  readonly #stop = new AbortController();

  constructor(options: BuildBasesOptions) {
    this.#options = options;
  }

  readonly resolve: BaseResolver["resolve"] = async (origin) => {
    if (origin.kind === "named-context" && isFiles(origin)) return FILES_ONLY;
    return this.#base(origin);
  };

  /** The layers of an image, in the store and held. NO_SUCH_IMAGE, NETWORK and the like where it cannot be had. */
  readonly image = async (origin: ImageOrigin | NamedContextOrigin): Promise<StageBase> => {
    return (await this.#base(origin)).files();
  };

  /** What was composed for this origin; undefined where it was not. */
  async composed(origin: ImageOrigin | NamedContextOrigin): Promise<ComposedBase | undefined> {
    return (await this.#base(origin)).composed?.();
  }

  /** How bases that were composed differ from what their names ask for: "golang:1.7.3 is Go 1.24.4 of Debian trixie, not 1.7.3". */
  async differences(): Promise<readonly string[]> {
    const found = await Promise.all(this.#bases.values());
    return [...new Set(found.flatMap(({ difference }) => difference ?? []))].sort();
  }

  /** What the build has taken from these images: of what was composed, the packages. */
  async materials(): Promise<BuildMaterials> {
    const used = await Promise.all(this.#bases.values());
    const composed = await Promise.all(used.map((each) => each.composed?.()));
    const packages = composed.flatMap((each) => (each === undefined ? [] : composedPackages(each.record)));
    const distinct = new Map(packages.map((each) => [each.purl, each]));
    return {
      bases: used.flatMap(({ found }) => found ?? []),
      packages: [...distinct.values()].sort((a, b) => comparePaths(a.purl, b.purl)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#bases.values());
    await Promise.allSettled(this.#composing);
    for (const each of this.#opened) await each[Symbol.asyncDispose]();
  }

  #base(origin: ImageOrigin | NamedContextOrigin): Promise<Base> {
    const key = `${nameOf(origin)} ${formatPlatform(origin.platform)}`;
    const known = this.#bases.get(key) ?? this.#find(origin);
    this.#bases.set(key, known);
    return known;
  }

  async #find(origin: ImageOrigin | NamedContextOrigin): Promise<Base> {
    const { platform } = origin;
    if (origin.kind === "named-context" && origin.location.kind === "transport") {
      return this.#atPath(origin.location.name, platform);
    }
    const reference = withDefaultTag(parseReference(nameOf(origin)));
    if (origin.kind === "image" && this.#isComposed(reference)) return this.#compose(reference, platform);
    return this.#named(reference, platform);
  }

  #isComposed(reference: Reference): boolean {
    const { compose } = this.#options;
    if (reference.digest !== undefined || compose === false) return false;
    const name = formatFamiliar(reference);
    if (compose === true) return canCompose(name) || (isSystemName(name) && !this.#options.store.has(reference));
    return compose.some((pattern) => nameFilter(pattern)(reference));
  }

  /** Loaded when something is composed, as what composes is large. */
  async #compose(reference: Reference, platform: Platform): Promise<Base> {
    const name = formatFamiliar(reference);
    if (isSystemName(name)) return this.#composeSystem(name, platform);
    const { composedBase } = await import("./composed-base.ts");
    const made = await composedBase(name, platform, this.#options);
    return { ...composedImage(name, platform, Promise.resolve(made)), config: made.config, history: made.history };
  }

  /** It is begun at once, and waited for by whoever needs its files: other bases are looked for meanwhile. */
  async #composeSystem(name: string, platform: Platform): Promise<Base> {
    const { composedSystem, systemBefore } = await import("./composed-system.ts");
    const before = systemBefore(name, platform);
    const signal = AbortSignal.any([
      this.#stop.signal,
      ...(this.#options.signal === undefined ? [] : [this.#options.signal]),
    ]);
    const made = composedSystem(name, platform, { ...this.#options, signal });
    made.catch(() => {});
    this.#composing.push(made);
    const { config, history, difference } = before ?? (await made);
    const told = difference === undefined ? undefined : `${name} is ${difference}`;
    return { ...composedImage(name, platform, made), config, history, difference: told };
  }

  async #named(reference: Reference, platform: Platform): Promise<Base> {
    const { store, pull, offline } = this.#options;
    const name = formatFamiliar(reference);
    const stored = store.content(reference);
    if (stored !== undefined && (!pull || offline)) {
      const image = await ofPlatform(stored, platform);
      if (image !== undefined) return this.#of(name, image, undefined, platform);
    }
    if (offline) {
      throw new DistillError("OFFLINE", `${name} is not in the store, and --offline asks no registry`, {
        hint: composeHint(name) ?? `distill pull ${name} brings it there`,
      });
    }
    const { openFromRegistry } = await import("./registries.ts");
    const { content, remote } = await openFromRegistry(reference, this.#options).catch((error) => {
      throw orComposeInBuild(name, error);
    });
    const image = await blamingRegistry(remote, () => onlyOr(content, platform));
    return this.#of(name, image, remote, platform);
  }

  async #atPath(name: string, platform: Platform): Promise<Base> {
    const location = parseLocalSource(name);
    if (location === undefined) throw new DistillError("USAGE", `${name} is no place of an image`);
    const opened = await openSource(location, this.#options.signal);
    this.#opened.push(opened);
    return this.#of(name, await onlyOr(opened.content, platform), undefined, platform);
  }

  async #of(name: string, image: ManifestContent, remote: Remote | undefined, wanted: Platform): Promise<Base> {
    const config = await blamingRegistry(remote, () => configOf(image));
    const platform = platformOf(config);
    if (!samePlatform(platform, wanted)) {
      this.#options.progress.warn(`${name} is for ${formatPlatform(platform)}, and ${formatPlatform(wanted)} is built`);
    }
    const { author, history = [], rootfs } = config;
    let received: Promise<StageBase> | undefined;
    return {
      ...{ author, config: config.config ?? {}, history, platform },
      found: { name, digest: image.descriptor.digest },
      files: () => {
        received ??= this.#receive(image, remote).then((parts) => ({
          layers: rootfs.diff_ids.map((diffID, index) => ({ diffID, createdBy: "", part: parts[index] ?? diffID })),
          ...{ config: config.config ?? {}, history, files: undefined },
        }));
        return received;
      },
    };
  }

  /** Brings an image into the store, where it is not, and holds it. */
  async #receive(image: ManifestContent, remote: Remote | undefined): Promise<readonly LayerPart[]> {
    const { store, lease, progress, signal } = this.#options;
    const { digest } = image.descriptor;
    const present = store.image(digest);
    if (present !== undefined && lease.hold(digest)) return store.baseLayers(present);
    const content = remote === undefined ? image : withProgress(image, progress);
    await blamingRegistry(remote, () => store.putContent(lease, content, signal));
    if (remote !== undefined) {
      const digests = image.blobs.map(({ descriptor }) => descriptor.digest);
      store.rememberOrigins(digests, remote.host, remote.path);
    }
    const stored = store.image(digest);
    return stored === undefined ? [] : store.baseLayers(stored);
  }
}

/** The failure to reach a registry, with the hint that the image can be composed, or what can be in its place. */
function orComposeInBuild(name: string, error: unknown): unknown {
  const hint = composeHint(name);
  if (!isDistillError(error, "NETWORK", "UNAUTHORIZED", "REGISTRY") || hint === undefined) return error;
  return new DistillError(error.code, error.message, { hint, cause: error.cause });
}

function composeHint(name: string): string | undefined {
  if (canCompose(name)) return `--compose=${withoutTag(name)} makes it from Debian's archive, without a registry`;
  if (!isSystemName(name)) return undefined;
  try {
    systemImage(name);
    return undefined;
  } catch (error) {
    return isDistillError(error) ? error.hint : undefined;
  }
}

/** An image that is being composed, but for what is known of it before. */
function composedImage(
  name: string,
  platform: Platform,
  made: Promise<ComposedImage>,
): Pick<Base, "author" | "platform" | "files" | "composed"> {
  return {
    ...{ author: undefined, platform },
    files: async () => {
      const { record, config, history } = await made;
      return { layers: record.layers, config, history, files: record.files };
    },
    composed: async () => {
      const { record, lock } = await made;
      return { name, record, lock };
    },
  };
}

function withoutTag(name: string): string {
  return name.replace(/:[^:/]+$/, "");
}

function canCompose(name: string): boolean {
  try {
    if (isSystemName(name)) systemImage(name);
    else if (isDistrolessName(name)) distrolessImage(name);
    else return false;
    return true;
  } catch {
    return false;
  }
}

function isFiles({ location: { kind } }: NamedContextOrigin): boolean {
  return kind === "directory" || kind === "git" || kind === "http";
}

function nameOf(origin: ImageOrigin | NamedContextOrigin): string {
  if (origin.kind === "image") return origin.reference;
  const { location } = origin;
  if (location.kind === "image") return location.reference;
  return location.kind === "transport" ? location.name : location.kind;
}

/** Of an index the image of the platform; an image alone as it is, whatever it is for. Undefined where there is none. */
async function ofPlatform(content: Content, platform: Platform): Promise<ManifestContent | undefined> {
  if (content.kind === "manifest") return content;
  try {
    return await selectImage(content, platform);
  } catch {
    return undefined;
  }
}

async function onlyOr(content: Content, platform: Platform): Promise<ManifestContent> {
  return content.kind === "manifest" ? content : selectImage(content, platform);
}
