import { digestOf, hexOf } from "../../lib/digest.ts";
import { comparePaths } from "../../rootfs/path.ts";
import { licenseReferences, spdxExpression, spdxLicenseId } from "./licenses.ts";
import type { SpdxExtractedLicense } from "./spdx-elements.ts";

/** Gives licences as SPDX declares them, and remembers those that it does not list. */
export class DeclaredLicenses {
  readonly #extracted = new Map<string, string>();

  /** One expression for all of them, of which each is a part joined by AND; NOASSERTION for none. */
  declare(licenses: readonly string[]): string {
    const parts = licenses.filter((each) => each !== "").map((each) => this.#part(each));
    return parts.length === 0 ? "NOASSERTION" : parts.join(" AND ");
  }

  /** In the order of their names. */
  extracted(): readonly SpdxExtractedLicense[] {
    return [...this.#extracted]
      .sort(([a], [b]) => comparePaths(a, b))
      .map(([licenseId, name]) => ({
        ...{ licenseId, name },
        extractedText: `Only the name of this licence is known, as the package has it: ${name}`,
      }));
  }

  /** A part of several words stands in brackets, so that the parts can be told from each other. */
  #part(license: string): string {
    const id = spdxLicenseId(license);
    if (id !== undefined) return id;
    const expression = spdxExpression(license);
    if (expression === undefined) return this.#reference(license);
    for (const reference of licenseReferences(expression)) this.#extracted.set(reference, reference);
    return /^[^ ]+$/.test(expression) ? expression : `(${expression})`;
  }

  #reference(license: string): string {
    const readable = license
      .slice(0, 64)
      .replaceAll(/[^A-Za-z0-9.]+/g, "-")
      .replaceAll(/^-+|-+$/g, "");
    const reference = `LicenseRef-distill-${readable === "" ? "" : `${readable}-`}${hexOf(digestOf(license)).slice(0, 12)}`;
    this.#extracted.set(reference, license);
    return reference;
  }
}
