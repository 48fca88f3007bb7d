import { formatPlatform, hostPlatform, type Platform, parsePlatform, samePlatform } from "../image/platform.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { cacheLimits, collectCache } from "./collect-cache.ts";
import { type Delivery, deliver, outputOfOnePlatform, prepareDelivery } from "./deliver.ts";
import type { MadeImage, MakeOptions } from "./make-image.ts";
import { packedImage } from "./packed-content.ts";
import type { Workspace } from "./workspace.ts";

/** An image for one platform or for several. */
export interface MadeImages {
  /** Of the manifest, or of the index where there are several; undefined where an image is known by its ID alone. */
  readonly digest: Digest | undefined;
  readonly images: readonly (MadeImage & { readonly platform: Platform })[];
}

type Make = (platform: Platform, options: MakeOptions) => Promise<MadeImage>;

/** Parses `linux/amd64,linux/arm64`; one that stands twice counts once. Throws USAGE. */
export function parsePlatforms(text: string): readonly Platform[] {
  const platforms: Platform[] = [];
  for (const platform of text.split(",").map((each) => parsePlatform(each.trim()))) {
    if (!platforms.some((known) => samePlatform(known, platform))) platforms.push(platform);
  }
  return platforms;
}

/**
 * Makes an image for each platform, one after another, with `make`. Several become an index, which is what the outputs
 * are written from and what the names stand for then. Then what earlier builds have left is collected, where it is more
 * than DISTILL_CACHE_SIZE says (else USAGE, beforehand).
 */
export async function makeForPlatforms(
  platforms: readonly Platform[],
  workspace: Workspace,
  options: MakeOptions,
  make: Make,
): Promise<MadeImages> {
  const limits = cacheLimits();
  const made = await makeEach(platforms, workspace, options, make);
  const digests = made.images.map(({ image }) => image.manifestDigest);
  await collectCache(
    workspace,
    limits,
    options.progress,
    made.digest === undefined ? digests : [made.digest, ...digests],
  );
  return made;
}

async function makeEach(
  platforms: readonly Platform[],
  { store }: Workspace,
  options: MakeOptions,
  make: Make,
): Promise<MadeImages> {
  const [only] = platforms;
  if (platforms.length === 1 && only !== undefined) {
    const made = await make(only, options);
    const { manifestDigest, settled } = made.image;
    const isTold = settled && made.onlyStored !== true;
    return { digest: isTold ? manifestDigest : undefined, images: [{ ...made, platform: only }] };
  }
  const delivery = await prepareDelivery(options);
  refuseOneOfNone(delivery, platforms);
  await using lease = store.lease(`index of ${platforms.map(formatPlatform).join(", ")}`);
  const images: MadeImages["images"][number][] = [];
  for (const platform of platforms) {
    options.progress.info(`For ${formatPlatform(platform)}`);
    const bare = {
      ...options,
      tags: [],
      outputs: [],
      idFile: undefined,
      metadataFile: undefined,
      documents: undefined,
    };
    const made = await make(platform, { ...bare, keepIn: lease });
    images.push({ ...made, image: await packedImage(store, made.image, options, lease), platform });
  }
  const parts = images.map(({ image, platform }) => ({ digest: image.manifestDigest, platform }));
  const { digest } = await store.putIndex(lease, parts, options.annotations?.index);
  const content = store.content(digest);
  if (content === undefined) throw new Error(`the index ${digest} was stored and is not there`);
  await deliver(store, content, delivery, lease);
  return { digest, images };
}

/** Docker's formats take the image for this machine out of an index. */
function refuseOneOfNone(delivery: Delivery, platforms: readonly Platform[]): void {
  if (platforms.some((platform) => samePlatform(platform, hostPlatform()))) return;
  const output = outputOfOnePlatform(delivery);
  if (output === undefined) return;
  const host = formatPlatform(hostPlatform());
  throw new DistillError("USAGE", `${output} takes one image, that for ${host}, which is not made`, {
    hint: "write an index to oci: or oci-archive:, or give one platform",
  });
}
