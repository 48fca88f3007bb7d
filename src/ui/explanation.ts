import type { Inventory } from "../inventory/inventory.ts";
import type {
  DirectoryExplanation,
  Explanation,
  FileExplanation,
  PackageExplanation,
  PackageSet,
} from "../inventory/reasons/explain.ts";
import type { RootPath } from "../rootfs/path.ts";
import { count, formatBytes } from "./format.ts";
import { carriedText, ownerText, stepName } from "./owner-text.ts";
import { pathText } from "./path-text.ts";
import { printableLine } from "./printable.ts";

const MAX_LINES = 8;
const LABEL = 12;

/** Why something is in an image, in words. */
export function explanationText(explanation: Explanation, inventory: Inventory): string {
  switch (explanation.kind) {
    case "file":
      return fileText(explanation, inventory);
    case "directory":
      return directoryText(explanation, inventory);
    case "package":
      return packageText(explanation, inventory);
  }
}

function fileText(file: FileExplanation, inventory: Inventory): string {
  const { path, type, bytes, target, owner, layer, linkedBy } = file;
  const what =
    type === "symlink" ? `link to ${target}` : type === "file" ? formatBytes(bytes) : `${type} device or pipe`;
  const changed = inventory.packages.find(({ modified }) => modified.includes(path));
  return [
    `${printableLine(`${pathText(path)} (${what})`)}\n`,
    line("owner", ownerText({ owner, layer }, inventory)),
    changed === undefined
      ? ""
      : line("changed", `${changed.facts.name} ${changed.facts.version} had another file here`),
    line("layer", layerText(layer, inventory)),
    ...linkLines(
      "linked by",
      linkedBy.map(({ from }) => from),
      inventory,
    ),
    file.package === undefined ? "" : `\n${packageText(file.package, inventory)}`,
  ].join("");
}

function directoryText({ path, owners }: DirectoryExplanation, inventory: Inventory): string {
  const total = owners.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    `${printableLine(pathText(path))} (directory, ${formatBytes(total)})\n`,
    ...owners
      .slice(0, 4 * MAX_LINES)
      .map((each) => line(formatBytes(each.bytes), `${count(each.files, "file")} of ${ownerText(each, inventory)}`)),
    owners.length > 4 * MAX_LINES ? line("", `and ${owners.length - 4 * MAX_LINES} more owners`) : "",
  ].join("");
}

function packageText(explained: PackageExplanation, inventory: Inventory): string {
  const { packages } = inventory;
  const found = packages[explained.number];
  if (found === undefined) return "";
  const { facts, purl, carriedFrom, locations, bytes, fileCount, parts, modified, missing } = found;
  const name = (number: number): string => packages[number]?.facts.name ?? "";
  const [first] = locations;
  const source = facts.source === undefined ? "" : `, of source ${facts.source.name} ${facts.source.version}`;
  return [
    `${printableLine(`${facts.name} ${facts.version}${source}`)}\n`,
    line("purl", purl),
    carriedFrom === undefined
      ? line(
          "recorded in",
          locations
            .slice(0, MAX_LINES)
            .map((each) => pathText(each.record))
            .join(", "),
        )
      : line("from", carriedText(carriedFrom)),
    first === undefined ? "" : line("layer", layerText(first.layer, inventory)),
    line("licence", facts.licenses.join(", ") || "not recorded"),
    line("size", `${formatBytes(bytes)} in ${count(fileCount, "file")}`),
    parts.length === 0
      ? ""
      : line("holds", parts.map((part) => `${part.facts.name} ${part.facts.version} (${part.facts.type})`).join(", ")),
    line("here for", reasonText(explained, inventory)),
    ...nameLines("needed by", explained.neededBy.map(name)),
    ...linkLines("linked by", [...new Set(explained.linkedBy.map(({ from }) => from))], inventory),
    ...importLines(explained),
    missing.length === 0 ? "" : line("lacks", missing.map((each) => each.join(" or ")).join(", ")),
    modified.length === 0
      ? ""
      : line(
          "changed",
          `${count(modified.length, "file")} by later layers: ${modified.slice(0, MAX_LINES).map(pathText).join(", ")}`,
        ),
    line(
      "without it",
      `${formatBytes(explained.exclusive.bytes)} less${othersText(explained.exclusive, explained.number, name, "which nothing else needs")}`,
    ),
    explained.dependants.packages.length > 1
      ? line(
          "",
          `it is needed for ${formatBytes(explained.dependants.bytes)}${othersText(explained.dependants, explained.number, name, "")}`,
        )
      : "",
  ].join("");
}

function reasonText(
  { number, chain, linkedBy, importedBy, neededBy }: PackageExplanation,
  { packages, layers }: Inventory,
): string {
  if (chain.length > 1) return chain.map((each) => packages[each]?.facts.name ?? "").join(" -> ");
  if (neededBy.length > 0) return "packages that need one another";
  if (linkedBy.length > 0) return "programs that are linked with it";
  if (importedBy.length > 0) return "files that import it";
  const [first] = packages[number]?.locations ?? [];
  return `nothing in the image needs it; it came with ${first === undefined ? "it" : stepName(layers[first.layer])}`;
}

function othersText({ packages }: PackageSet, own: number, name: (number: number) => string, why: string): string {
  const others = packages.filter((each) => each !== own).map(name);
  if (others.length === 0) return "";
  const shown = others.slice(0, MAX_LINES).join(", ");
  const more = others.length > MAX_LINES ? ` and ${others.length - MAX_LINES} more` : "";
  return `: with ${shown}${more}${why === "" ? "" : `, ${why}`}`;
}

function nameLines(label: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > 2 * MAX_LINES ? ` and ${names.length - 2 * MAX_LINES} more` : "";
  return [line(label, `${names.slice(0, 2 * MAX_LINES).join(", ")}${more}`)];
}

function linkLines(label: string, paths: readonly RootPath[], { owners, packages }: Inventory): readonly string[] {
  const shown = paths.slice(0, MAX_LINES).map((path, index) => {
    const owner = owners.get(path);
    const of = owner?.kind === "package" ? ` (${packages[owner.package]?.facts.name})` : "";
    return line(index === 0 ? label : "", `${pathText(path)}${of}`);
  });
  return paths.length > MAX_LINES ? [...shown, line("", `and ${paths.length - MAX_LINES} more`)] : shown;
}

function importLines({ importedBy }: PackageExplanation): readonly string[] {
  const shown = importedBy
    .slice(0, MAX_LINES)
    .map(({ path, line: at }, index) => line(index === 0 ? "imported by" : "", `${pathText(path)}:${at}`));
  return importedBy.length > MAX_LINES ? [...shown, line("", "and more")] : shown;
}

function layerText(number: number, { layers }: Inventory): string {
  return `${number + 1} of ${layers.length}: ${stepName(layers[number])}`;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL)} ${printableLine(text)}\n`;
}
