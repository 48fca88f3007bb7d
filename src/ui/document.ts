import type { Sbom } from "../inventory/documents/sbom.ts";
import { count, formatTable } from "./format.ts";
import { licencesCell } from "./licences-cell.ts";
import { printableLine } from "./printable.ts";

/** The packages of a document as a table. */
export function documentTextOf(
  file: string,
  { format, specVersion, subject, system, packages, warnings }: Sbom,
): string {
  const of = subject.name === undefined ? "" : ` of ${subject.name}`;
  const on = system === undefined ? "" : `, ${system.name || system.id}`;
  const kind = format === "spdx" ? "SPDX" : "CycloneDX";
  const rows = packages.map(({ facts, locations }) => [
    facts.name,
    facts.version || "-",
    facts.type,
    licencesCell(facts.licenses),
    locations[0]?.path ?? "-",
  ]);
  return [
    printableLine(`${file} (${kind} ${specVersion}${of}${on}): ${count(packages.length, "package")}`),
    "\n\n",
    rows.length === 0 ? "" : formatTable(["PACKAGE", "VERSION", "KIND", "LICENCE", "RECORDED IN"], rows),
    ...warnings.map((text) => `note: ${printableLine(text)}\n`),
  ].join("");
}
