import { ComponentType, HashAlgorithm } from "@cyclonedx/cyclonedx-library/Enums";
import {
  Bom,
  Component,
  ComponentRepository,
  HashDictionary,
  type License,
  LicenseExpression,
  LicenseRepository,
  Metadata,
  NamedLicense,
  Property,
  PropertyRepository,
  SpdxLicense,
  Tools,
} from "@cyclonedx/cyclonedx-library/Models";
import { Spec1dot6 } from "@cyclonedx/cyclonedx-library/Spec";
import { formatPlatform } from "../../image/platform.ts";
import { comparePaths, displayPath } from "../../rootfs/path.ts";
import type { SystemClaim } from "../claim.ts";
import type { InventoryPackage, InventorySummary } from "../inventory.ts";
import type { PackageFacts } from "../package.ts";
import { contentUuid } from "./content-uuid.ts";
import { documentText } from "./document-text.ts";
import { imagePurl } from "./image-purl.ts";
import { isIdOfCycloneDx, spdxExpression, spdxLicenseId } from "./licenses.ts";
import { FactoryWithOccurrences, FoundEvidence } from "./occurrences.ts";
import { inventoryNotes, type Note, notes, packageNotes } from "./package-notes.ts";
import { type DocumentImage, type DocumentSubject, documentTime, type FileDigests } from "./subject.ts";
import { topPackages } from "./top-packages.ts";

/** Longest version that the schema takes. */
const MAX_VERSION = 1024;

/**
 * The inventory as a CycloneDX 1.6 document in JSON: the image and its system, each package with its places, licences and what it
 * needs; with `files`, the files too, inside of what owns them. It is valid by the schema, whatever the inventory holds.
 */
export function cycloneDxDocument(subject: DocumentSubject): string {
  const { inventory, image, version } = subject;
  const { system, packages } = inventory;
  const factory = new FactoryWithOccurrences(Spec1dot6);
  const fileComponents = filesByOwner(subject);
  const container = containerComponent(image);
  const components = packages.map((each, number) => packageComponent(each, inventory, fileComponents.get(number)));
  connect(container, packages, components);
  const systemComponents = system === undefined ? [] : [systemComponent(system)];
  for (const { bomRef } of systemComponents) container.dependencies.add(bomRef);
  const tools = new Tools({
    components: new ComponentRepository([new Component(ComponentType.Application, "distill", { version })]),
  });
  const bom = new Bom({
    metadata: new Metadata({
      timestamp: new Date(documentTime(image)),
      tools,
      component: container,
      properties: propertiesOf(inventoryNotes(inventory)),
    }),
    components: new ComponentRepository([
      ...systemComponents,
      ...components,
      ...(fileComponents.get(undefined) ?? new ComponentRepository()),
    ]),
  });
  const normalized = factory.makeForBom().normalize(bom, {});
  return documentText({ ...normalized, serialNumber: `urn:uuid:${contentUuid(JSON.stringify(normalized))}` });
}

function containerComponent(image: DocumentImage): Component {
  const { name, imageID, manifestDigest, platform } = image;
  const purl = imagePurl(image);
  return new Component(ComponentType.Container, name, {
    bomRef: purl ?? imageID,
    version: manifestDigest ?? imageID,
    ...(purl === undefined ? {} : { purl }),
    properties: propertiesOf([
      ...notes("image-id", [imageID]),
      ...notes("manifest-digest", manifestDigest === undefined ? [] : [manifestDigest]),
      ...notes("platform", [formatPlatform(platform)]),
    ]),
  });
}

function systemComponent({ id, versionID, name, codename, idLike }: SystemClaim): Component {
  return new Component(ComponentType.OperatingSystem, id, {
    bomRef: `os:${id}@${versionID}`,
    version: shortened(versionID),
    description: name,
    properties: propertiesOf([...notes("codename", codename === "" ? [] : [codename]), ...notes("id-like", idLike)]),
  });
}

function packageComponent(of: InventoryPackage, inventory: InventorySummary, files?: ComponentRepository): Component {
  const { facts, purl, locations } = of;
  const type = facts.type === "generic" ? ComponentType.Application : ComponentType.Library;
  const { group, name } = namesOf(facts);
  return new Component(type, name, {
    ...(group === "" ? {} : { group }),
    version: shortened(facts.version),
    bomRef: purl,
    purl,
    licenses: new LicenseRepository(licensesOf(facts.licenses)),
    properties: propertiesOf(packageNotes(of, inventory)),
    evidence: new FoundEvidence(
      locations.map(({ record, layer, inside }) => {
        const { diffID } = inventory.layers[layer] ?? {};
        const context = [
          ...(diffID === undefined ? [] : [`layer ${diffID}`]),
          ...(inside === undefined ? [] : [`inside ${inside}`]),
        ].join(", ");
        return { location: displayPath(record), ...(context === "" ? {} : { additionalContext: context }) };
      }),
    ),
    ...(files === undefined ? {} : { components: files }),
  });
}

/** Ecosystems that have groups keep them apart from the name. */
function namesOf({ type, name }: PackageFacts): { readonly group: string; readonly name: string } {
  const cut =
    type === "maven" ? name.lastIndexOf(":") : type === "npm" && name.startsWith("@") ? name.indexOf("/") : -1;
  return cut < 0 ? { group: "", name } : { group: name.slice(0, cut), name: name.slice(cut + 1) };
}

/** Either one expression, or a list without any: the schema has it so. */
function licensesOf(licenses: readonly string[]): readonly License[] {
  const [only] = licenses;
  if (only !== undefined && licenses.length === 1 && knownId(only) === undefined) {
    const expression = spdxExpression(only);
    if (expression !== undefined) return [new LicenseExpression(expression)];
  }
  return licenses.map((each) => {
    const id = knownId(each);
    return id === undefined ? new NamedLicense(each) : new SpdxLicense(id);
  });
}

function knownId(license: string): string | undefined {
  const id = spdxLicenseId(license);
  return id !== undefined && isIdOfCycloneDx(id) ? id : undefined;
}

function connect(container: Component, packages: readonly InventoryPackage[], components: readonly Component[]): void {
  const byPurl = new Map(components.map((each) => [each.purl, each.bomRef]));
  for (const [number, { dependsOn }] of packages.entries()) {
    for (const purl of dependsOn) {
      const ref = byPurl.get(purl);
      if (ref !== undefined) components[number]?.dependencies.add(ref);
    }
  }
  for (const { purl } of topPackages(packages)) {
    const ref = byPurl.get(purl);
    if (ref !== undefined) container.dependencies.add(ref);
  }
}

/** Files by the number of their package; those of none under undefined. */
function filesByOwner({
  inventory: { owners = new Map() },
  files = new Map(),
}: DocumentSubject): ReadonlyMap<number | undefined, ComponentRepository> {
  const repositories = new Map<number | undefined, ComponentRepository>();
  const sorted = [...files].sort(([a], [b]) => comparePaths(a, b));
  for (const [path, digests] of sorted) {
    const owner = owners.get(path);
    const key = owner?.kind === "package" ? owner.package : undefined;
    const known = repositories.get(key) ?? new ComponentRepository();
    repositories.set(key, known.add(fileComponent(displayPath(path), path, digests)));
  }
  return repositories;
}

function fileComponent(name: string, path: string, { sha1, sha256 }: FileDigests): Component {
  return new Component(ComponentType.File, name, {
    bomRef: `file:/${encodeURI(path)}`,
    hashes: new HashDictionary([
      [HashAlgorithm["SHA-1"], sha1],
      [HashAlgorithm["SHA-256"], sha256],
    ]),
  });
}

function propertiesOf(all: readonly Note[]): PropertyRepository {
  return new PropertyRepository(all.map(([name, value]) => new Property(name, value)));
}

function shortened(version: string): string {
  return version.length <= MAX_VERSION ? version : version.slice(0, MAX_VERSION).toWellFormed();
}
