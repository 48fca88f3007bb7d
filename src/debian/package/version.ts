/** A version's three parts; `epoch` has no leading zeros ("" stands for 0). */
interface VersionParts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/**
 * dpkg's order of versions (deb-version(7), `dpkg --compare-versions`): -1, 0 or 1. A total order over all strings: what
 * dpkg refuses (an epoch that is no number) is taken as part of the upstream version.
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = splitVersion(a);
  const right = splitVersion(b);
  return Math.sign(
    left.epoch.length - right.epoch.length ||
      comparePart(left.epoch, right.epoch) ||
      comparePart(left.upstream, right.upstream) ||
      comparePart(left.revision, right.revision),
  );
}

function splitVersion(version: string): VersionParts {
  const colon = version.indexOf(":");
  const hasEpoch = colon > 0 && /^[0-9]+$/.test(version.slice(0, colon));
  const rest = hasEpoch ? version.slice(colon + 1) : version;
  const hyphen = rest.lastIndexOf("-");
  return {
    epoch: hasEpoch ? version.slice(0, colon).replace(/^0+/, "") : "",
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? "" : rest.slice(hyphen + 1),
  };
}

/** Runs of non-digits by `weight`, runs of digits by value, in turns. */
function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = weight(a, i++) - weight(b, j++);
      if (difference !== 0) return difference;
    }
    while (a.charCodeAt(i) === ZERO) i++;
    while (b.charCodeAt(j) === ZERO) j++;
    let firstDifference = 0;
    while (isDigit(a, i) && isDigit(b, j)) {
      const difference = a.charCodeAt(i++) - b.charCodeAt(j++);
      firstDifference ||= difference;
    }
    if (isDigit(a, i)) return 1;
    if (isDigit(b, j)) return -1;
    if (firstDifference !== 0) return firstDifference;
  }
  return 0;
}

const ZERO = 0x30;
const TILDE = 0x7e;

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= ZERO && code <= 0x39;
}

/** `~` before the end of the part (and a digit, which ends the run), then letters, then everything else. */
function weight(text: string, index: number): number {
  if (index >= text.length || isDigit(text, index)) return 0;
  const code = text.charCodeAt(index);
  if (code === TILDE) return -1;
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isLetter ? code : code + 256;
}
