import { compareDigits, compareText, MAX_VERSION_LENGTH } from "./digits.ts";

/** `epoch:version-release` of rpm (rpm-version(7)), the version and the release cut into segments. */
export interface RpmVersion {
  /** Digits; "" stands for 0. */
  readonly epoch: string;
  readonly version: readonly string[];
  readonly release: readonly string[];
}

/** What consists of printable ASCII without spaces. */
export function parseRpm(text: string): RpmVersion | undefined {
  if (text.length > MAX_VERSION_LENGTH || !/^[!-~]+$/.test(text)) return undefined;
  const [, epoch = "", rest = text] = /^(?:([0-9]*):)?(.*)$/s.exec(text) ?? [];
  const hyphen = rest.lastIndexOf("-");
  return {
    epoch,
    version: segments(hyphen < 0 ? rest : rest.slice(0, hyphen)),
    release: segments(hyphen < 0 ? "" : rest.slice(hyphen + 1)),
  };
}

/**
 * The order of rpm-version(7): negative, 0 or positive. A missing release is older than any: rpm itself then looks at no
 * release at all, which is no order.
 */
export function compareRpm(a: RpmVersion, b: RpmVersion): number {
  return (
    compareDigits(a.epoch, b.epoch) || compareSegments(a.version, b.version) || compareSegments(a.release, b.release)
  );
}

/** Runs of digits, runs of letters, `~` and `^`. Everything else only separates. */
function segments(text: string): readonly string[] {
  return text.match(/[0-9]+|[A-Za-z]+|~|\^/g) ?? [];
}

function compareSegments(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const left = a[index] ?? "";
    const right = b[index] ?? "";
    const rank = rankOf(left);
    const difference =
      rank - rankOf(right) || (rank === NUMBER ? compareDigits(left, right) : compareText(left, right));
    if (difference !== 0) return difference;
  }
  return 0;
}

const NUMBER = 4;

/** `~` is older than the end, which is older than `^`; letters are newer than these, and digits than letters. */
function rankOf(segment: string): number {
  if (segment === "~") return 0;
  if (segment === "") return 1;
  if (segment === "^") return 2;
  return segment >= "A" ? 3 : NUMBER;
}
