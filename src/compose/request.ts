import type { ArmoredKey } from "../debian/archive/armored-key.ts";
import { parseRequest } from "../debian/package/request.ts";
import type { DebianRelease } from "../debian/releases.ts";
import { formatPlatform, type Platform, parsePlatform, samePlatform } from "../image/platform.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import type { ComposeStep } from "../plan/compose-step.ts";
import type { BaseName, SliceName } from "../plan/names.ts";
import { baseNamed, releaseFor } from "./catalogue/bases.ts";
import { distrolessImage, isDistrolessName } from "./catalogue/distroless-names.ts";
import { sliceNamed } from "./packages/slices.ts";
import { describeSettings, type Settings } from "./settings.ts";

/** What is to be composed: everything looked up and read. */
export interface ComposeRequest {
  readonly base: BaseName;
  readonly suite: DebianRelease;
  readonly platform: Platform;
  readonly user: "root" | "nonroot";
  /** With busybox in a directory of its own. */
  readonly debug: boolean;
  /** `NAME` or `NAME=VERSION`, beside those of the base. */
  readonly packages: readonly string[];
  /** Slices that are not left out. */
  readonly slices: readonly SliceName[];
  readonly sources: readonly ExtraSource[];
  readonly debs: readonly LocalDeb[];
  readonly settings: Settings;
}

/** A further apt source with the keys that it may be signed with. */
export interface ExtraSource {
  /** Address of the archive without a slash at the end; undefined for Debian's own, which is signed with Debian's keys. */
  readonly uri: string | undefined;
  readonly suite: string;
  readonly components: readonly string[];
  readonly keys: readonly ArmoredKey[];
}

/** A .deb on disk that has been read and has this digest. */
export interface LocalDeb {
  readonly path: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What a step names and only the file system knows. */
export interface ComposeInputs {
  readonly sources: readonly ExtraSource[];
  readonly debs: readonly LocalDeb[];
  readonly settings: Settings;
}

/** Debian's names for a platform. */
export interface DebianArchitecture {
  /** As in Packages files. */
  readonly name: string;
  /** As in library directories. */
  readonly tuple: string;
}

const ARCHITECTURES: ReadonlyMap<string, DebianArchitecture> = new Map([
  ["linux/amd64", { name: "amd64", tuple: "x86_64-linux-gnu" }],
  ["linux/arm64", { name: "arm64", tuple: "aarch64-linux-gnu" }],
]);

/**
 * Looks up what a step names: CONFIG_INVALID or UNSUPPORTED says what there is, FORMAT_INVALID what a package may look
 * like. A name of gcr.io/distroless stands for base, release, packages, account and debug at once; the step may add
 * packages, and choose another account.
 */
export function composeRequest(step: ComposeStep, platform: Platform, inputs: ComposeInputs): ComposeRequest {
  debianArchitecture(platform);
  const named = isDistrolessName(step.base) ? distrolessImage(step.base) : undefined;
  if (named?.platform !== undefined && !samePlatform(parsePlatform(named.platform), platform)) {
    throw new DistillError(
      "USAGE",
      `${step.base} is for ${named.platform}, and ${formatPlatform(platform)} is asked for`,
      {
        hint: `give --platform ${named.platform}, or a tag without an architecture`,
      },
    );
  }
  if (named !== undefined && step.suite !== undefined && step.suite !== named.suite) {
    throw new DistillError(
      "CONFIG_INVALID",
      `${step.base} is of Debian ${named.suite}, and ${step.suite} is asked for`,
      {
        hint: "leave the suite out, or name the base by its own name",
      },
    );
  }
  const base = named?.base ?? baseNamed(step.base);
  const packages = [...(named?.packages ?? []), ...step.packages];
  for (const text of packages) parseRequest(text);
  return {
    base,
    suite: named?.suite ?? releaseFor(base, step.suite),
    platform,
    user: step.user ?? named?.user ?? "nonroot",
    debug: step.debug ?? named?.debug ?? false,
    packages: [...new Set(packages)].sort(),
    slices: [...new Set(step.slices.map(sliceNamed))].sort(),
    ...inputs,
  };
}

/** The request as JSON that is equal where the same layers are asked for. Who containers run as is no part of layers. */
export function describeRequest(request: ComposeRequest): object {
  const { base, suite, platform, debug, packages, slices, sources, debs, settings } = request;
  return {
    ...{ base, suite, platform: formatPlatform(platform), debug, packages, slices },
    sources: sources.map(({ keys, ...source }) => ({ ...source, keys: digestOf(JSON.stringify(keys)) })),
    debs: debs.map(({ digest }) => digest),
    settings: describeSettings(settings),
  };
}

/** Debian's names for the platform; UNSUPPORTED where distill does not compose for it. */
export function debianArchitecture(platform: Platform): DebianArchitecture {
  const key = `${platform.os}/${platform.architecture}`;
  const found = platform.variant === undefined ? ARCHITECTURES.get(key) : undefined;
  if (found !== undefined) return found;
  throw new DistillError("UNSUPPORTED", `images for ${formatPlatform(platform)} cannot be composed`, {
    hint: `platforms: ${[...ARCHITECTURES.keys()].join(", ")}`,
  });
}
