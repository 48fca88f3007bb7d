import { type ComparedImage, type Comparison, compareImages } from "../compare/compare.ts";
import type { Vulnerabilities } from "../compare/vulnerabilities.ts";
import { platformOf } from "../image/config.ts";
import { configOf } from "../image/content.ts";
import { formatPlatform, parsePlatform } from "../image/platform.ts";
import { parseSource } from "../image/source/location.ts";
import type { InventorySummary } from "../inventory/inventory.ts";
import { asTask, warningOnce } from "../lib/progress.ts";
import type { Store } from "../store/store.ts";
import { type BuildOptions, type BuildWishes, buildCompared, comparedPlace } from "./compared-image.ts";
import { comparedVulnerabilities } from "./compared-vulnerabilities.ts";
import { factsOf } from "./image-facts.ts";
import { type ImageRoot, ImageRoots, refuseRegistry } from "./image-roots.ts";
import { lookInto } from "./look-into.ts";
import type { AdvisoryOptions } from "./scan-image.ts";
import { openWorkspace } from "./workspace.ts";

/** Compared where something is built and nothing is said: what a build makes. */
const BUILT_PLATFORM = "linux/amd64";

const NOT_SCANNED: Vulnerabilities = { status: "unassessed", reason: "not scanned (--no-scan)" };

export interface CompareOptions extends BuildOptions {
  /** One platform. By default that of builds where something is built, else that of this machine. */
  readonly platform: string | undefined;
  readonly wishes: Omit<BuildWishes, "platform">;
  /** How both are scanned; undefined where nobody is to look. */
  readonly scan: Pick<AdvisoryOptions, "maxAge"> | undefined;
}

/**
 * Compares two images by what they are made of, named as comparedPlace reads them. What has to be built is built first,
 * and stays in the store without a name. Layers of the store are read where they lie; those of other images are
 * fetched, verified and kept in files without names meanwhile. Errors as the build, openContent, selectImage and flattenImage.
 */
export async function compareNamed(a: string, b: string, options: CompareOptions): Promise<Comparison> {
  await using workspace = openWorkspace();
  const { store } = workspace;
  const names = [a, b] as const;
  const places = names.map((name) => comparedPlace(name, store));
  for (const place of places) {
    if (options.offline && place.kind === "image" && !isIn(store, place.name)) refuseRegistry(place.name);
  }
  const isBuilt = places.some(({ kind }) => kind === "build");
  const platform = options.platform ?? (isBuilt ? BUILT_PLATFORM : undefined);
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  await using lease = store.lease("compare");
  await using roots = new ImageRoots(store, lease, options);
  const stored: (string | undefined)[] = [];
  // Both are built before one is looked into: what fails does so early.
  for (const place of places) {
    const wishes = { ...options.wishes, platform: platform ?? BUILT_PLATFORM };
    stored.push(place.kind === "build" ? await buildCompared(place, wishes, lease, options) : undefined);
  }
  // The same data is missing for both.
  const progress = warningOnce(options.progress);
  const read = async (side: 0 | 1): Promise<ComparedImage> => {
    const root = await roots.open(names[side], stored[side], wanted);
    const { summary } = await lookInto(root, store, lease, options);
    const { vulnerabilities, warnings } = await scanned(root, summary, { ...options, progress });
    const facts = await factsOf(root, { ...summary, warnings }, vulnerabilities, options.signal);
    return { facts, tree: await root.tree() };
  };
  const [first, second] = [await read(0), await read(1)];
  return await asTask(options.progress, "Comparing files", () => compareImages(first, second, options.signal));
}

/** What a scan says of an image, with all that could not be read of it. */
async function scanned(
  { name, content }: ImageRoot,
  summary: InventorySummary,
  options: CompareOptions,
): Promise<{ readonly vulnerabilities: Vulnerabilities; readonly warnings: readonly string[] }> {
  if (options.scan === undefined) return { vulnerabilities: NOT_SCANNED, warnings: summary.warnings };
  const { scanInventory } = await import("./scan-image.ts");
  const subject = {
    name,
    imageID: content.manifest.config.digest,
    manifestDigest: content.descriptor.digest,
    platform: formatPlatform(platformOf(await configOf(content))),
  };
  const report = await scanInventory(summary, subject, { ...options, ...options.scan });
  return { vulnerabilities: comparedVulnerabilities(report), warnings: report.warnings };
}

function isIn(store: Store, name: string): boolean {
  return parseSource(name) === undefined && store.has(name);
}
