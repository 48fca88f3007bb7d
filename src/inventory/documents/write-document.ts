import type { DocumentSubject } from "./subject.ts";

/** Formats that an inventory is written in. */
export type DocumentFormat = "cyclonedx" | "spdx";

/** The inventory as a document in UTF-8 with a line end behind it; what makes it is loaded now. */
export async function inventoryDocument(format: DocumentFormat, subject: DocumentSubject): Promise<string> {
  if (format === "spdx") return (await import("./spdx.ts")).spdxDocument(subject);
  return (await import("./cyclonedx.ts")).cycloneDxDocument(subject);
}
