import {
  type JsonObject,
  optionalObject,
  optionalObjects,
  optionalString,
  optionalStrings,
  requiredString,
} from "../../image/json.ts";
import { DistillError } from "../../lib/errors.ts";
import type { SystemClaim } from "../claim.ts";
import type { SourcePackage } from "../package.ts";
import { cycloneDxProducers, nameOtherSources } from "./producers.ts";
import type { Sbom, SbomLocation, SbomSubject } from "./sbom.ts";
import { ToldPackages } from "./told-packages.ts";
import { systemClaim, systemOfPurls } from "./told-system.ts";

/** Components in components, as deep as no producer nests them. */
const MAX_DEPTH = 64;

/** Components that should say which package they are; an application without a package URL is what its packages lie in. */
const PACKAGES: ReadonlySet<string> = new Set(["library", "framework"]);

/** Reads a CycloneDX document of version 1.2 or later 1.x (JSON). Throws FORMAT_INVALID with the place, UNSUPPORTED, LIMIT_EXCEEDED. */
export function readCycloneDx(document: JsonObject): Sbom {
  const specVersion = requiredString(document, "specVersion");
  if (!/^1\.[2-9]$/.test(specVersion)) {
    throw new DistillError("UNSUPPORTED", `${document.what} is CycloneDX ${specVersion.slice(0, 20)}`, {
      hint: "CycloneDX 1.2 to 1.6 is read, in JSON",
    });
  }
  const told = new ToldPackages(document.what);
  let system: SystemClaim | undefined;
  for (const component of componentsOf(document)) {
    const type = requiredString(component, "type");
    if (type === "operating-system") system ??= systemOf(component);
    else addComponent(told, component, type);
  }
  for (const dependency of optionalObjects(document, "dependencies") ?? []) {
    const from = requiredString(dependency, "ref");
    for (const to of optionalStrings(dependency, "dependsOn") ?? []) told.connect(from, to);
  }
  const namesOthers = nameOtherSources(cycloneDxProducers(document));
  const newer = Number(specVersion.slice(2)) > 6;
  return {
    ...{ format: "cyclonedx", specVersion, subject: subjectOf(document) },
    ...{ system: system ?? systemOfPurls(told.parsed()), packages: told.packages(namesOthers) },
    leftOut: told.leftOut,
    warnings: [...(newer ? [`CycloneDX ${specVersion} is read as if it were 1.6`] : []), ...told.warnings()],
  };
}

/** Those at the top, and those in them, each before what it holds. */
function* componentsOf(document: JsonObject): Generator<JsonObject> {
  const waiting = [{ components: optionalObjects(document, "components") ?? [], next: 0 }];
  for (let level = waiting.at(-1); level !== undefined; level = waiting.at(-1)) {
    const component = level.components[level.next++];
    if (component === undefined) {
      waiting.pop();
      continue;
    }
    yield component;
    const inner = optionalObjects(component, "components") ?? [];
    if (inner.length > 0) waiting.push({ components: inner, next: 0 });
    if (waiting.length > MAX_DEPTH) {
      throw new DistillError("LIMIT_EXCEEDED", `${document.what} has components more than ${MAX_DEPTH} deep in others`);
    }
  }
}

function subjectOf(document: JsonObject): SbomSubject {
  const metadata = optionalObject(document, "metadata");
  const component = metadata === undefined ? undefined : optionalObject(metadata, "component");
  if (component === undefined) return { name: undefined, imageID: undefined, manifestDigest: undefined };
  const properties = propertiesOf(component);
  const version = optionalString(component, "version");
  return {
    name: optionalString(component, "name"),
    imageID: first(properties, "distill:image-id", "aquasecurity:trivy:ImageID"),
    // Syft has the digest of the manifest as version.
    manifestDigest:
      first(properties, "distill:manifest-digest") ?? (version?.startsWith("sha256:") ? version : undefined),
  };
}

function systemOf(component: JsonObject): SystemClaim {
  const properties = propertiesOf(component);
  return systemClaim({
    id: first(properties, "syft:distro:id") ?? requiredString(component, "name"),
    idLike: properties.get("distill:id-like") ?? properties.get("syft:distro:idLike:0") ?? [],
    versionID: first(properties, "syft:distro:versionID") ?? optionalString(component, "version") ?? "",
    codename: first(properties, "distill:codename", "syft:distro:versionCodename") ?? "",
    name: first(properties, "syft:distro:prettyName") ?? optionalString(component, "description") ?? "",
  });
}

function addComponent(told: ToldPackages, component: JsonObject, type: string): void {
  const purl = optionalString(component, "purl");
  if (purl === undefined || purl === "") {
    if (PACKAGES.has(type)) told.addNameless();
    return;
  }
  const properties = propertiesOf(component);
  const { what } = component;
  told.add(
    {
      ...{ ref: optionalString(component, "bom-ref"), purl, group: optionalString(component, "group") },
      ...{ name: requiredString(component, "name"), version: optionalString(component, "version") },
      architecture: first(properties, "distill:architecture"),
      ...{ source: sourceOf(properties), licenses: licensesOf(component) },
      provides: properties.get("distill:provides") ?? [],
      missing: (properties.get("distill:missing") ?? []).map((each) => each.split(" | ")),
      locations: locationsOf(component, properties),
    },
    what,
  );
}

/** Values by name, in order. */
type Properties = ReadonlyMap<string, readonly string[]>;

function propertiesOf(object: JsonObject): Properties {
  const properties = new Map<string, string[]>();
  for (const property of optionalObjects(object, "properties") ?? []) {
    const name = optionalString(property, "name") ?? "";
    const value = optionalString(property, "value");
    if (value === undefined) continue;
    const known = properties.get(name);
    if (known === undefined) properties.set(name, [value]);
    else known.push(value);
  }
  return properties;
}

function first(properties: Properties, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const [value] = properties.get(name) ?? [];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** As distill, Trivy and Syft write it. */
function sourceOf(properties: Properties): SourcePackage | undefined {
  const own = properties.get("distill:source")?.[0];
  if (own !== undefined) return { name: own, version: properties.get("distill:source-version")?.[0] ?? "" };
  const trivy = (field: string) => first(properties, `aquasecurity:trivy:Src${field}`);
  const [name, version = "", release, epoch] = [trivy("Name"), trivy("Version"), trivy("Release"), trivy("Epoch")];
  if (name === undefined) return undefined;
  const released = release === undefined ? version : `${version}-${release}`;
  return { name, version: epoch === undefined || epoch === "0" ? released : `${epoch}:${released}` };
}

function licensesOf(component: JsonObject): readonly string[] {
  return (optionalObjects(component, "licenses") ?? []).flatMap((choice) => {
    const expression = optionalString(choice, "expression");
    if (expression !== undefined) return [expression];
    const license = optionalObject(choice, "license");
    const named = license && (optionalString(license, "id") ?? optionalString(license, "name"));
    return named === undefined || named === "" ? [] : [named];
  });
}

const CONTEXT = /^(?:layer (sha256:[0-9a-f]{64}))?(?:, )?(?:inside (.*))?$/s;

function locationsOf(component: JsonObject, properties: Properties): readonly SbomLocation[] {
  const evidence = optionalObject(component, "evidence");
  const occurrences = (evidence && optionalObjects(evidence, "occurrences")) ?? [];
  if (occurrences.length > 0) {
    return occurrences.map((occurrence) => {
      const [, layer, inside] = CONTEXT.exec(optionalString(occurrence, "additionalContext") ?? "") ?? [];
      return { path: requiredString(occurrence, "location"), layer, inside };
    });
  }
  const path = first(properties, "aquasecurity:trivy:FilePath");
  if (path !== undefined)
    return [{ path, layer: first(properties, "aquasecurity:trivy:LayerDiffID"), inside: undefined }];
  return [...properties].flatMap(([name, [value = ""]]) => {
    const [, number] = /^syft:location:(\d+):path$/.exec(name) ?? [];
    return number === undefined
      ? []
      : [{ path: value, layer: first(properties, `syft:location:${number}:layerID`), inside: undefined }];
  });
}
