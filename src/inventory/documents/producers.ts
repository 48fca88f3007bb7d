import { type JsonObject, optionalObject, optionalObjects, optionalString, optionalStrings } from "../../image/json.ts";

/** The programs that wrote a CycloneDX document: a list of them up to 1.4, components from 1.5 on. */
export function cycloneDxProducers(document: JsonObject): readonly string[] {
  const metadata = optionalObject(document, "metadata");
  if (metadata === undefined) return [];
  const isList = Array.isArray(metadata.fields.get("tools"));
  const tools = isList ? undefined : optionalObject(metadata, "tools");
  const all = isList ? optionalObjects(metadata, "tools") : tools && optionalObjects(tools, "components");
  return (all ?? []).flatMap((tool) => optionalString(tool, "name") ?? []);
}

/** The programs that wrote an SPDX document (`Tool: syft-1.2.3`), with their versions. */
export function spdxProducers(document: JsonObject): readonly string[] {
  const info = optionalObject(document, "creationInfo");
  const creators = (info && optionalStrings(info, "creators")) ?? [];
  return creators.flatMap((creator) => /^Tool: *(.+)$/s.exec(creator)?.[1] ?? []);
}

/** Where these name no source package, it has the name of the package. */
const SILENT_ABOUT_EQUALS = /^(?:distill|syft)(?:-\d.*)?$/is;

/** Whether one of the producers names the source of each package of a system that has a source of another name. */
export function nameOtherSources(producers: readonly string[]): boolean {
  return producers.some((name) => SILENT_ABOUT_EQUALS.test(name));
}
