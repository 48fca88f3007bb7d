import {
  asObject,
  type JsonObject,
  optionalObjects,
  optionalString,
  optionalStrings,
  requiredString,
} from "../../image/json.ts";
import { DistillError } from "../../lib/errors.ts";
import type { SystemClaim } from "../claim.ts";
import type { SourcePackage } from "../package.ts";
import { splitDeclared } from "./declared-licenses.ts";
import { nameOtherSources, spdxProducers } from "./producers.ts";
import type { Sbom, SbomLocation, SbomSubject } from "./sbom.ts";
import { ToldPackages } from "./told-packages.ts";
import { systemClaim, systemOfPurls } from "./told-system.ts";

const VERSION = /^SPDX-(2\.[23])$/;
const SYSTEM_PURPOSE: ReadonlySet<string> = new Set(["OPERATING_SYSTEM", "OPERATING-SYSTEM"]);

/** Reads an SPDX document of version 2.2 or 2.3 (JSON). Throws FORMAT_INVALID with the place, UNSUPPORTED, LIMIT_EXCEEDED. */
export function readSpdx(document: JsonObject): Sbom {
  const spdxVersion = requiredString(document, "spdxVersion");
  const [, specVersion] = VERSION.exec(spdxVersion) ?? [];
  if (specVersion === undefined) {
    throw new DistillError("UNSUPPORTED", `${document.what} is ${JSON.stringify(spdxVersion.slice(0, 20))}`, {
      hint: "SPDX 2.2 and 2.3 are read, in JSON",
    });
  }
  const told = new ToldPackages(document.what);
  const relationships = (optionalObjects(document, "relationships") ?? []).map((each) => ({
    from: requiredString(each, "spdxElementId"),
    type: requiredString(each, "relationshipType"),
    to: requiredString(each, "relatedSpdxElement"),
  }));
  const described = new Set([
    ...(optionalStrings(document, "documentDescribes") ?? []),
    ...relationships.filter(({ type }) => type === "DESCRIBES").map(({ to }) => to),
  ]);
  const licenseNames = licenseNamesOf(document);
  let system: SystemClaim | undefined;
  let subject: SbomSubject = { name: optionalString(document, "name"), imageID: undefined, manifestDigest: undefined };
  for (const element of optionalObjects(document, "packages") ?? []) {
    const ref = requiredString(element, "SPDXID");
    const purpose = optionalString(element, "primaryPackagePurpose") ?? "";
    // Some documents describe each of their packages, beside the image or in place of it.
    const isSubject = described.has(ref) && (described.size === 1 || purpose === "CONTAINER");
    if (isSubject) subject = subjectOf(element);
    else if (SYSTEM_PURPOSE.has(purpose)) system ??= systemOf(element);
    else addPackage(told, element, ref, licenseNames);
  }
  for (const { from, type, to } of relationships) {
    if (type === "DEPENDS_ON") told.connect(from, to);
    else if (type === "DEPENDENCY_OF") told.connect(to, from);
  }
  const packages = told.packages(nameOtherSources(spdxProducers(document)));
  return {
    ...{ format: "spdx", specVersion, subject },
    ...{ system: system ?? systemOfPurls(told.parsed()), packages, leftOut: told.leftOut, warnings: told.warnings() },
  };
}

function licenseNamesOf(document: JsonObject): ReadonlyMap<string, string> {
  const all = optionalObjects(document, "hasExtractedLicensingInfos") ?? [];
  return new Map(
    all.map((each) => {
      const id = requiredString(each, "licenseId");
      return [id, optionalString(each, "name") ?? id];
    }),
  );
}

function subjectOf(element: JsonObject): SbomSubject {
  const notes = notesOf(element);
  const version = optionalString(element, "versionInfo");
  return {
    name: requiredString(element, "name"),
    imageID: notes.get("distill:image-id")?.[0] ?? notes.get("ImageID")?.[0],
    manifestDigest: notes.get("distill:manifest-digest")?.[0] ?? (version?.startsWith("sha256:") ? version : undefined),
  };
}

function systemOf(element: JsonObject): SystemClaim {
  const notes = notesOf(element);
  return systemClaim({
    id: requiredString(element, "name"),
    idLike: notes.get("distill:id-like") ?? [],
    versionID: optionalString(element, "versionInfo") ?? "",
    codename: notes.get("distill:codename")?.[0] ?? "",
    name: optionalString(element, "summary") ?? "",
  });
}

function addPackage(
  told: ToldPackages,
  element: JsonObject,
  ref: string,
  licenseNames: ReadonlyMap<string, string>,
): void {
  const purl = purlOf(element);
  const name = requiredString(element, "name");
  if (purl === undefined) {
    // Trivy has such applications, to group packages by.
    if (optionalString(element, "primaryPackagePurpose") !== "APPLICATION") told.addNameless();
    return;
  }
  const notes = notesOf(element);
  told.add(
    {
      ...{ ref, purl, group: undefined, name, version: optionalString(element, "versionInfo") },
      architecture: notes.get("distill:architecture")?.[0],
      source: sourceOf(notes, optionalString(element, "sourceInfo") ?? ""),
      licenses: licensesOf(element, licenseNames),
      provides: notes.get("distill:provides") ?? [],
      missing: (notes.get("distill:missing") ?? []).map((each) => each.split(" | ")),
      locations: locationsOf(element, notes),
    },
    element.what,
  );
}

function purlOf(element: JsonObject): string | undefined {
  for (const reference of optionalObjects(element, "externalRefs") ?? []) {
    if (optionalString(reference, "referenceType") === "purl") return requiredString(reference, "referenceLocator");
  }
  return undefined;
}

/** What annotations, and the attribution texts of older producers, say as `name: value`. */
type Notes = ReadonlyMap<string, readonly string[]>;

function notesOf(element: JsonObject): Notes {
  const texts = [
    ...(optionalObjects(element, "annotations") ?? []).map((each) => optionalString(each, "comment") ?? ""),
    ...(optionalStrings(element, "attributionTexts") ?? []),
  ];
  const notes = new Map<string, string[]>();
  for (const text of texts) {
    const cut = text.indexOf(": ");
    if (cut < 0) continue;
    const [name, value] = [text.slice(0, cut), text.slice(cut + 2)];
    const known = notes.get(name);
    if (known === undefined) notes.set(name, [value]);
    else known.push(value);
  }
  return notes;
}

const BUILT_FROM = "built package from: ";

function sourceOf(notes: Notes, sourceInfo: string): SourcePackage | undefined {
  const [own] = notes.get("distill:source") ?? [];
  if (own !== undefined) return { name: own, version: notes.get("distill:source-version")?.[0] ?? "" };
  if (!sourceInfo.startsWith(BUILT_FROM)) return undefined;
  const built = sourceInfo.slice(BUILT_FROM.length);
  const space = built.indexOf(" ");
  return space < 0 ? { name: built, version: "" } : { name: built.slice(0, space), version: built.slice(space + 1) };
}

const NOTHING: ReadonlySet<string> = new Set(["", "NOASSERTION", "NONE"]);

function licensesOf(element: JsonObject, names: ReadonlyMap<string, string>): readonly string[] {
  const told = ["licenseDeclared", "licenseConcluded"].map((field) => optionalString(element, field) ?? "");
  const expression = told.find((each) => !NOTHING.has(each));
  return expression === undefined ? [] : splitDeclared(expression).map((part) => names.get(part) ?? part);
}

function locationsOf(element: JsonObject, notes: Notes): readonly SbomLocation[] {
  const own = (notes.get("distill:location") ?? []).flatMap((text) => ownLocation(element, text));
  if (own.length > 0) return own;
  const [layer] = notes.get("LayerDiffID") ?? [];
  const [, listed] =
    /^acquired package info from [^:]*: (\/.*)$/s.exec(optionalString(element, "sourceInfo") ?? "") ?? [];
  const paths = listed?.split(", ") ?? notes.get("FilePath") ?? [];
  return paths.map((path) => ({ path, layer, inside: undefined }));
}

function ownLocation(element: JsonObject, text: string): readonly SbomLocation[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const location = asObject(value, `${element.what}: distill:location`);
  return [
    {
      path: requiredString(location, "path"),
      layer: optionalString(location, "layer"),
      inside: optionalString(location, "inside"),
    },
  ];
}
