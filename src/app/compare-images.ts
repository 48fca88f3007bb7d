import { type Comparison, compareImages } from "../compare/compare.ts";
import { type Platform, parsePlatform } from "../image/platform.ts";
import { selectImage } from "../image/select.ts";
import { parseSource } from "../image/source/location.ts";
import { DistillError } from "../lib/errors.ts";
import { asTask } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import {
  type BuildOptions,
  type BuildWishes,
  buildCompared,
  type ComparedPlace,
  comparedPlace,
} from "./compared-image.ts";
import { gatherFacts } from "./image-facts.ts";
import { openContent } from "./open-content.ts";
import { packedContent } from "./packed-content.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** Compared where nothing is said: what a build makes. */
const BUILT_PLATFORM = "linux/amd64";

export interface CompareOptions extends BuildOptions {
  /** One platform. By default that of builds where something is built, else that of this machine. */
  readonly platform: string | undefined;
  readonly wishes: Omit<BuildWishes, "platform">;
}

/**
 * Compares two images by what they are made of, named as comparedPlace reads them; what has to be built is built first,
 * and stays in the store without a name. Errors as the build, openContent, selectImage and flattenImage.
 */
export async function compareNamed(a: string, b: string, options: CompareOptions): Promise<Comparison> {
  await using workspace = openWorkspace();
  const places = [comparedPlace(a, workspace.store), comparedPlace(b, workspace.store)] as const;
  const isBuilt = places.some(({ kind }) => kind === "build");
  const platform = parsePlatform(options.platform ?? BUILT_PLATFORM);
  const wanted = options.platform === undefined && !isBuilt ? undefined : platform;
  await using lease = workspace.store.lease("compare");
  const look = (name: string, place: ComparedPlace) => gather(name, place, wanted, { workspace, lease, options });
  await using first = await look(a, places[0]);
  await using second = await look(b, places[1]);
  return await asTask(options.progress, "Comparing files", () => compareImages(first, second, options.signal));
}

interface Means {
  readonly workspace: Workspace;
  readonly lease: Lease;
  readonly options: CompareOptions;
}

async function gather(name: string, place: ComparedPlace, wanted: Platform | undefined, means: Means) {
  const { workspace, lease, options } = means;
  if (place.kind === "image") {
    if (options.offline) refuseRegistry(place.name, workspace.store);
    const opened = await openContent(place.name, options);
    try {
      const facts = await gatherFacts(await selectImage(opened.content, wanted), name, options);
      const close = async (): Promise<void> => {
        await facts[Symbol.asyncDispose]();
        await opened[Symbol.asyncDispose]();
      };
      return { ...facts, [Symbol.asyncDispose]: close };
    } catch (error) {
      await opened[Symbol.asyncDispose]();
      throw error;
    }
  }
  const { store } = workspace;
  const wishes = { ...options.wishes, platform: options.platform ?? BUILT_PLATFORM };
  const digest = await buildCompared(place, wishes, lease, options);
  const content = await packedContent(store, digest, options, lease);
  if (content === undefined) {
    throw new DistillError("NO_SUCH_IMAGE", `what was built of ${name} was removed from the store meanwhile`);
  }
  return gatherFacts(await selectImage(content, wanted), name, options);
}

function refuseRegistry(name: string, store: Store): void {
  const location = parseSource(name);
  const isElsewhere = location === undefined ? !store.has(name) : location.transport === "docker";
  if (!isElsewhere) return;
  throw new DistillError("OFFLINE", `${name} is not in the store, and --offline asks no registry`, {
    hint: "leave --offline out, or fetch it beforehand with distill pull",
  });
}
