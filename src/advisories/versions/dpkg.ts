import { compareVersions } from "../../debian/package/version.ts";
import { MAX_VERSION_LENGTH } from "./digits.ts";

/** A version of Debian's or Ubuntu's, as written; parseDpkg() makes them. */
export interface DpkgVersion {
  readonly text: string;
}

/** What consists of printable ASCII without spaces; deb-version(7) allows less, but dpkg's order covers all of it. */
export function parseDpkg(text: string): DpkgVersion | undefined {
  return text.length <= MAX_VERSION_LENGTH && /^[!-~]+$/.test(text) ? { text } : undefined;
}

/** The order of deb-version(7): negative, 0 or positive. */
export function compareDpkg(a: DpkgVersion, b: DpkgVersion): number {
  return compareVersions(a.text, b.text);
}
