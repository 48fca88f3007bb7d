import type { ComposeRecord } from "../compose/record.ts";
import { type Digest, digestOf, hexOf } from "../lib/digest.ts";
import type { Store } from "../store/store.ts";

/** Changes whenever materials are written otherwise. */
const FORM = 1;

/** What an image was made of, beside the files of its context; plain JSON. */
export type BuildMaterials = Readonly<{
  /** Images that stages began with or copied from, as the build file names them. */
  bases: readonly Readonly<{ name: string; digest: Digest }>[];
  /** Packages that were composed, `sha256` of the .deb. */
  packages: readonly Readonly<{ purl: string; sha256: string | undefined }>[];
}>;

/** Remembers what an image was made of, as long as the image is there. */
export function rememberMaterials(store: Store, imageID: Digest, materials: BuildMaterials): void {
  store.rememberStep(keyOf(imageID), materials, [imageID]);
}

/** What was remembered; nothing for an image that was not built here. */
export function recallMaterials(store: Store, imageID: Digest): BuildMaterials {
  return (store.recallStep(keyOf(imageID)) as BuildMaterials | undefined) ?? { bases: [], packages: [] };
}

/** The packages of a composition with the digests that they were fetched by. */
export function composedPackages({ packages, choice }: ComposeRecord): BuildMaterials["packages"] {
  const digests = new Map(choice.map(({ name, version, digest }) => [`${name} ${version}`, hexOf(digest)]));
  return packages.map(({ purl, name, version }) => ({ purl, sha256: digests.get(`${name} ${version}`) }));
}

function keyOf(imageID: Digest): string {
  return digestOf(JSON.stringify(["build materials", FORM, imageID]));
}
