import { basename } from "node:path";
import { asObject, type JsonObject, optionalString, parseJsonObject } from "../../image/json.ts";
import { DistillError, fromSystemError } from "../../lib/errors.ts";
import { readSmallFile } from "../../lib/read-small-file.ts";
import { readCycloneDx } from "./read-cyclonedx.ts";
import { readSpdx } from "./read-spdx.ts";
import type { Sbom } from "./sbom.ts";

/** Longest document that is read. */
const MAX_SBOM = 256 << 20;

/**
 * Reads a document of packages that any producer wrote: CycloneDX 1.2 to 1.6 or SPDX 2.2 and 2.3, in JSON, alone or in an in-toto
 * statement. `what` names it in errors. Throws FORMAT_INVALID with the place in the document, UNSUPPORTED, LIMIT_EXCEEDED.
 */
export function readSbom(bytes: Uint8Array, what: string): Sbom {
  const document = parseJsonObject(bytes, what, MAX_SBOM);
  const isStatement = optionalString(document, "_type")?.startsWith("https://in-toto.io/Statement/") === true;
  return readDocument(isStatement ? asObject(document.fields.get("predicate"), `${what}: predicate`) : document);
}

/** As readSbom, from a file; throws IO where it cannot be read. */
export async function readSbomFile(path: string): Promise<Sbom> {
  const what = `the SBOM ${basename(path)}`;
  try {
    return readSbom(await readSmallFile(path, MAX_SBOM, what), what);
  } catch (error) {
    throw fromSystemError(error, "reading", path);
  }
}

function readDocument(document: JsonObject): Sbom {
  if (document.fields.get("bomFormat") === "CycloneDX") return readCycloneDx(document);
  if (document.fields.has("spdxVersion")) return readSpdx(document);
  throw new DistillError("UNSUPPORTED", `${document.what} is neither CycloneDX nor SPDX`, {
    hint: "CycloneDX 1.2 to 1.6 and SPDX 2.2 and 2.3 are read, in JSON",
  });
}
