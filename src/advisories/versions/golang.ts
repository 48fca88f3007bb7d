import { MAX_VERSION_LENGTH } from "./digits.ts";
import { compareSemver, parseSemver, type Semver } from "./semver.ts";

/** A version of a Go module or of Go itself, as Semantic Versioning. */
export type GoVersion = Semver;

/**
 * A module's version (https://go.dev/ref/mod#versions) with or without its `v`, or a release of Go (`go1.22.3`, `1.21rc2`).
 * Pseudo-versions are pre-releases, and `+incompatible` is build metadata. `(devel)` is no version.
 */
export function parseGolang(text: string): GoVersion | undefined {
  return text.length > MAX_VERSION_LENGTH ? undefined : parseSemver(asSemver(text.trim()));
}

/** Semantic Versioning's precedence: negative, 0 or positive. */
export function compareGolang(a: GoVersion, b: GoVersion): number {
  return compareSemver(a, b);
}

/** Go's own pre-releases are written without separators; Go's vulnerability database has `1.21.0-rc.2` for `go1.21rc2`. */
function asSemver(text: string): string {
  const [, release, phase, number] = /^(?:go)?([0-9]+(?:\.[0-9]+)*)(?:(beta|rc)([0-9]+))?$/.exec(text) ?? [];
  if (release === undefined) return text;
  return phase === undefined ? release : `${release}-${phase}.${number}`;
}
