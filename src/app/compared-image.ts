import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { isGitAddress } from "../dockerfile/graph/remote-address.ts";
import { parseSource } from "../image/source/location.ts";
import { DistillError } from "../lib/errors.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import type { DockerfileOptions } from "./build-dockerfile.ts";
import type { MakeOptions } from "./make-image.ts";

/** What a user names to compare: an image that is there, or what an image is built from. */
export type ComparedPlace =
  | { readonly kind: "image"; readonly name: string }
  /** `file` is undefined where the directory is to be looked through. */
  | { readonly kind: "build"; readonly directory: string; readonly file: string | undefined };

/** How what is compared is built. */
export interface BuildWishes {
  /** One platform. */
  readonly platform: string;
  /** Of Dockerfiles; a distill.yaml has none. */
  readonly buildArg: readonly string[];
  readonly buildContext: readonly string[];
  readonly dockerfile: DockerfileOptions;
}

export type BuildOptions = Pick<MakeOptions, "offline" | "refresh" | "tlsVerify" | "progress" | "signal">;

/**
 * Tells what a user means: an image with a transport before its name, else what the store has under that name, else a
 * path on this machine or an address of a repository, which is built, else an image of a registry. What begins with a
 * dot or a slash is a path in any case: NO_SUCH_PATH where nothing is there. USAGE for an archive without its transport.
 */
export function comparedPlace(text: string, store: Store): ComparedPlace {
  if (isGitAddress(text)) return { kind: "build", directory: text, file: undefined };
  const isPath = /^\.{0,2}\//.test(text) || text === "." || text === "..";
  if (!isPath && (parseSource(text) !== undefined || hasImage(store, text))) return { kind: "image", name: text };
  const found = existsSync(text) ? statSync(text) : undefined;
  if (found?.isDirectory()) return { kind: "build", directory: text, file: undefined };
  if (found !== undefined) {
    refuseArchive(text);
    return { kind: "build", directory: dirname(text), file: text };
  }
  if (isPath) throw new DistillError("NO_SUCH_PATH", `there is no ${text}`, { hint: HINT });
  return { kind: "image", name: text };
}

const HINT =
  "compare takes images (a name, docker://, oci:, ...), Dockerfiles, and directories with a Dockerfile or a distill.yaml";

/** What is no name at all may still be a path. */
function hasImage(store: Store, text: string): boolean {
  try {
    return store.has(text);
  } catch (error) {
    if (existsSync(text)) return false;
    throw error;
  }
}

/** Builds what is to be compared; `lease` holds the image, which the store then has by the ID that this gives. */
export async function buildCompared(
  { directory, file }: Extract<ComparedPlace, { kind: "build" }>,
  wishes: BuildWishes,
  lease: Lease,
  options: BuildOptions,
): Promise<string> {
  const { platform, buildArg, buildContext, dockerfile } = wishes;
  const request = { directory, file, platform, target: undefined, buildArg, buildContext };
  const { buildDirectory } = await import("./build-directory.ts");
  const made = await buildDirectory(request, dockerfile, {
    ...options,
    ...{ tags: [], outputs: [], idFile: undefined, compression: "gzip", keepIn: lease },
    // A look at two apps changes neither of them.
    lock: { file: undefined, locked: false, update: false, readOnly: true },
  });
  const [only] = made.images;
  if (only === undefined) throw new Error(`the build of ${directory} gave no image`);
  return only.image.manifestDigest;
}

/** An archive is no Dockerfile, and the error of its first line would not say what to do. */
function refuseArchive(file: string): void {
  if (!/\.(?:tar|tgz|tar\.\w+|oci)$/.test(basename(file))) return;
  throw new DistillError("USAGE", `${file} looks like an archive, and not like a Dockerfile`, {
    hint: `name what it is: docker-archive:${file} or oci-archive:${file}`,
  });
}
