import { digestFromHex } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import type { BinaryPackage } from "../package/package.ts";
import { type Dependency, parseDependency, parseProvides } from "../package/relation.ts";

/** Field values by name: a Paragraph, or a record of the index file. */
export interface PackageFields {
  get(field: string): string | undefined;
}

/**
 * The package that `fields` describe. FORMAT_INVALID naming package and field where a mandatory field is missing or a
 * value has the wrong form.
 */
export function parsePackage(fields: PackageFields, archive: number): BinaryPackage {
  const name = matching(fields, "Package", NAME, "a package");
  const version = matching(fields, "Version", VERSION, name);
  const relations = (field: string): Dependency => {
    const text = fields.get(field);
    return text ? parseDependency(text, `${name}, ${field}`) : [];
  };
  return {
    name,
    version,
    architecture: matching(fields, "Architecture", NAME, name),
    source: sourceOf(fields.get("Source"), name, version),
    essential: fields.get("Essential") === "yes",
    priority: fields.get("Priority") ?? "",
    section: fields.get("Section") ?? "",
    multiArch: fields.get("Multi-Arch") ?? "",
    depends: relations("Depends"),
    preDepends: relations("Pre-Depends"),
    conflicts: relations("Conflicts"),
    breaks: relations("Breaks"),
    replaces: relations("Replaces"),
    provides: parseProvides(fields.get("Provides") || "", `${name}, Provides`),
    installedSize: fields.get("Installed-Size") ? Number(matching(fields, "Installed-Size", NUMBER, name)) : 0,
    filename: safeFilename(fields, name),
    size: Number(matching(fields, "Size", NUMBER, name)),
    digest: digestFromHex(matching(fields, "SHA256", SHA256, name)),
    archive,
  };
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,250}$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+~:-]{0,250}$/;
const NUMBER = /^[0-9]{1,15}$/;
const SHA256 = /^[0-9a-fA-F]{64}$/;
const FILENAME = /^[A-Za-z0-9%+,./:=@_~-]{1,1000}$/;
const SOURCE = /^([A-Za-z0-9][A-Za-z0-9+._-]*)(?:\s+\(([A-Za-z0-9.+~:-]+)\))?$/;

/** True for what Debian Policy (5.6.7) lets a package be called; upper case and `_` are tolerated. */
export function isPackageName(text: string): boolean {
  return NAME.test(text);
}

function matching(fields: PackageFields, field: string, form: RegExp, owner: string): string {
  const value = fields.get(field);
  if (value === undefined || value === "") {
    throw new DistillError("FORMAT_INVALID", `${owner} has no ${field} in the package index`);
  }
  if (!form.test(value)) {
    throw new DistillError("FORMAT_INVALID", `${owner}, ${field}: ${JSON.stringify(value.slice(0, 80))} is not valid`);
  }
  return value;
}

/** `Source: name (version)`; each half is the package's own where it is not given. FORMAT_INVALID for another form. */
export function sourceOf(text: string | undefined, name: string, version: string): BinaryPackage["source"] {
  if (!text) return { name, version };
  const [, source, own] = SOURCE.exec(text) ?? [];
  if (source === undefined) {
    throw new DistillError("FORMAT_INVALID", `${name}, Source: ${JSON.stringify(text.slice(0, 80))} is not valid`);
  }
  return { name: source, version: own ?? version };
}

/** The path becomes part of a URL: it must not leave the archive. */
function safeFilename(fields: PackageFields, name: string): string {
  const path = matching(fields, "Filename", FILENAME, name);
  if (path.startsWith("/") || path.split("/").includes("..")) {
    throw new DistillError("FORMAT_INVALID", `${name}, Filename: ${JSON.stringify(path)} leaves the archive`);
  }
  return path;
}
