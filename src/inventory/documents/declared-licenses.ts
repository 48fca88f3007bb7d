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

/** The parts of an expression that are joined by AND outside of brackets, each without the brackets around it. */
export function splitDeclared(expression: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < expression.length; at++) {
    const character = expression[at];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (depth === 0 && expression.startsWith(" AND ", at)) {
      parts.push(expression.slice(from, at));
      from = at + " AND ".length;
      at = from - 1;
    } else if (depth === 0 && expression.startsWith(" OR ", at)) return [expression];
  }
  parts.push(expression.slice(from));
  return parts.map((part) => (isBracketed(part) ? part.slice(1, -1) : part)).filter((part) => part !== "");
}

/** Whether the first bracket is closed by the last. */
function isBracketed(part: string): boolean {
  if (!part.startsWith("(") || !part.endsWith(")")) return false;
  let depth = 0;
  for (let at = 0; at < part.length; at++) {
    if (part[at] === "(") depth++;
    else if (part[at] === ")" && --depth === 0) return at === part.length - 1;
  }
  return false;
}
