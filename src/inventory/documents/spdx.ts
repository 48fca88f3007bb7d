import { createHash } from "node:crypto";
import { formatPlatform } from "../../image/platform.ts";
import { digestOf, hexOf } from "../../lib/digest.ts";
import { comparePaths, displayPath } from "../../rootfs/path.ts";
import type { SystemClaim } from "../claim.ts";
import type { InventoryPackage, InventorySummary } from "../inventory.ts";
import { contentUuid } from "./content-uuid.ts";
import { DeclaredLicenses } from "./declared-licenses.ts";
import { documentText } from "./document-text.ts";
import { imagePurl } from "./image-purl.ts";
import { inventoryNotes, type Note, notes, packageNotes } from "./package-notes.ts";
import type { SpdxAnnotation, SpdxFile, SpdxPackage, SpdxReference, SpdxRelationship } from "./spdx-elements.ts";
import { type DocumentSubject, documentTime, type FileDigests } from "./subject.ts";

const DOCUMENT = "SPDXRef-DOCUMENT";
const IMAGE = "SPDXRef-Image";
const SYSTEM = "SPDXRef-OperatingSystem";

/** What each package has that is no package of a user's. */
const NOTHING_ASSERTED = {
  downloadLocation: "NOASSERTION",
  filesAnalyzed: false,
  licenseConcluded: "NOASSERTION",
  licenseDeclared: "NOASSERTION",
  copyrightText: "NOASSERTION",
} as const;

/**
 * The inventory as an SPDX 2.3 document in JSON: the image, which contains its system and its packages, and what these need; with
 * `files`, the files too, each contained in what owns it. What SPDX has no field for is said in annotations. It is valid by
 * the schema, whatever the inventory holds.
 */
export function spdxDocument(subject: DocumentSubject): string {
  const { inventory, image, version } = subject;
  const { system, packages } = inventory;
  const created = documentTime(image);
  const tool = `Tool: distill-${version}`;
  const annotate: Annotate = (all) =>
    all.map(([name, value]) => ({
      ...{ annotationType: "OTHER", annotator: tool, annotationDate: created },
      comment: `${name}: ${value}`,
    }));
  const licenses = new DeclaredLicenses();
  const owned = ownedFiles(subject);
  const listed = [
    { ...imagePackage(subject, annotate), ...analyzed(owned.get(undefined)) },
    ...(system === undefined ? [] : [systemPackage(system, annotate)]),
    ...packages.map((each, number) => ({
      ...packageOf(each, inventory, annotate),
      licenseDeclared: licenses.declare(each.facts.licenses),
      ...analyzed(owned.get(number)),
    })),
  ];
  const extracted = licenses.extracted();
  const body = {
    packages: listed,
    ...(subject.files === undefined ? {} : { files: [...owned.values()].flat().map(({ element }) => element) }),
    ...(extracted.length === 0 ? {} : { hasExtractedLicensingInfos: extracted }),
    relationships: relationshipsOf(inventory, owned),
  };
  const readable = image.name.replaceAll(/[^A-Za-z0-9.]+/g, "-");
  return documentText({
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: DOCUMENT,
    name: image.name,
    documentNamespace: `https://spdx.org/spdxdocs/distill-${readable}-${contentUuid(JSON.stringify([image, tool, body]))}`,
    creationInfo: { created, creators: [tool] },
    ...body,
  });
}

type Annotate = (notes: readonly Note[]) => readonly SpdxAnnotation[];

function imagePackage({ inventory, image }: DocumentSubject, annotate: Annotate): SpdxPackage {
  const { name, imageID, manifestDigest, platform } = image;
  const purl = imagePurl(image);
  return {
    ...{ SPDXID: IMAGE, name, versionInfo: manifestDigest ?? imageID, primaryPackagePurpose: "CONTAINER" },
    ...NOTHING_ASSERTED,
    ...(purl === undefined ? {} : { externalRefs: [purlReference(purl)] }),
    annotations: annotate([
      ...notes("image-id", [imageID]),
      ...notes("manifest-digest", manifestDigest === undefined ? [] : [manifestDigest]),
      ...notes("platform", [formatPlatform(platform)]),
      ...inventoryNotes(inventory),
    ]),
  };
}

function systemPackage({ id, versionID, name, codename, idLike }: SystemClaim, annotate: Annotate): SpdxPackage {
  const annotations = annotate([...notes("codename", codename === "" ? [] : [codename]), ...notes("id-like", idLike)]);
  return {
    ...{ SPDXID: SYSTEM, name: id, primaryPackagePurpose: "OPERATING_SYSTEM" },
    ...(versionID === "" ? {} : { versionInfo: versionID }),
    ...NOTHING_ASSERTED,
    ...(name === "" ? {} : { summary: name }),
    ...(annotations.length === 0 ? {} : { annotations }),
  };
}

function packageOf(of: InventoryPackage, inventory: InventorySummary, annotate: Annotate): SpdxPackage {
  const { facts, purl, locations } = of;
  const { source } = facts;
  const places = locations.map(({ record, layer, inside }) =>
    JSON.stringify({ path: displayPath(record), layer: inventory.layers[layer]?.diffID, inside }),
  );
  const built =
    source === undefined ? undefined : [source.name, source.version].filter((part) => part !== "").join(" ");
  return {
    ...{ SPDXID: packageID(purl), name: facts.name },
    ...(facts.version === "" ? {} : { versionInfo: facts.version }),
    primaryPackagePurpose: facts.type === "generic" ? "APPLICATION" : "LIBRARY",
    ...NOTHING_ASSERTED,
    // As other tools write it, and read it too.
    ...(built === undefined ? {} : { sourceInfo: `built package from: ${built}` }),
    externalRefs: [purlReference(purl)],
    annotations: annotate([...notes("location", places), ...packageNotes(of, inventory)]),
  };
}

function packageID(purl: string): string {
  const [, type = "", name = ""] = /^pkg:([^/]*)\/(?:.*\/)?([^@?#]*)/.exec(purl) ?? [];
  const readable = `${type}-${name}`.slice(0, 80).replaceAll(/[^A-Za-z0-9.]+/g, "-");
  return `SPDXRef-Package-${readable}-${hexOf(digestOf(purl)).slice(0, 16)}`;
}

function purlReference(purl: string): SpdxReference {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl };
}

function relationshipsOf({ system, packages }: InventorySummary, owned: OwnedFiles): readonly SpdxRelationship[] {
  const ids = new Map(packages.map(({ purl }) => [purl, packageID(purl)]));
  const contained = [...(system === undefined ? [] : [SYSTEM]), ...ids.values()];
  const depends = packages.flatMap(({ purl, dependsOn }) =>
    dependsOn.flatMap((each) => {
      const [from, to] = [ids.get(purl), ids.get(each)];
      return from === undefined || to === undefined ? [] : [relate(from, "DEPENDS_ON", to)];
    }),
  );
  return [
    relate(DOCUMENT, "DESCRIBES", IMAGE),
    ...contained.map((id) => relate(IMAGE, "CONTAINS", id)),
    ...depends,
    ...[...owned].flatMap(([number, files]) => {
      const holder = number === undefined ? undefined : packages[number];
      const id = (holder && ids.get(holder.purl)) ?? IMAGE;
      return files.map(({ element }) => relate(id, "CONTAINS", element.SPDXID));
    }),
  ];
}

function relate(
  spdxElementId: string,
  relationshipType: SpdxRelationship["relationshipType"],
  relatedSpdxElement: string,
): SpdxRelationship {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

/** By the number of their package; those of none, which are the image's, under undefined. */
type OwnedFiles = ReadonlyMap<number | undefined, readonly OwnedFile[]>;

interface OwnedFile {
  readonly element: SpdxFile;
  readonly sha1: string;
}

function ownedFiles({ inventory: { owners = new Map() }, files = new Map() }: DocumentSubject): OwnedFiles {
  const all = [...files].sort(([a], [b]) => comparePaths(a, b));
  return Map.groupBy(
    all.map(([path, digests]) => {
      const owner = owners.get(path);
      const number = owner?.kind === "package" ? owner.package : undefined;
      return { number, element: fileElement(displayPath(path), path, digests), sha1: digests.sha1 };
    }),
    ({ number }) => number,
  );
}

/** Names are relative to the root of the package (section 8.1). */
function fileElement(shown: string, path: string, { sha1, sha256 }: FileDigests): SpdxFile {
  return {
    SPDXID: `SPDXRef-File-${hexOf(digestOf(path)).slice(0, 32)}`,
    fileName: `.${shown}`,
    checksums: [
      { algorithm: "SHA1", checksumValue: sha1 },
      { algorithm: "SHA256", checksumValue: sha256 },
    ],
    licenseConcluded: "NOASSERTION",
    copyrightText: "NOASSERTION",
  };
}

/** A package whose files are listed has a code of them (section 7.9): SHA-1 of their SHA-1s in order. */
function analyzed(
  files: readonly OwnedFile[] | undefined,
): Pick<SpdxPackage, "packageVerificationCode" | "filesAnalyzed"> | undefined {
  if (files === undefined) return undefined;
  const digests = files.map(({ sha1 }) => sha1).sort(comparePaths);
  const packageVerificationCodeValue = createHash("sha1").update(digests.join("")).digest("hex");
  return { filesAnalyzed: true, packageVerificationCode: { packageVerificationCodeValue } };
}
