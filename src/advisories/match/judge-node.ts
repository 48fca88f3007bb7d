import { minVersion, parse, Range, rcompare, type SemVer, satisfies, validRange } from "semver";
import type { AdvisoryRule } from "../advisory.ts";
import { type Opinion, unplaceable } from "./opinion.ts";

type NodeRule = Extract<AdvisoryRule, { kind: "node" }>;

/** Pre-releases are in a range like any other version: nightly builds have the flaws of their line. */
const OPTIONS = { includePrerelease: true };

/** Node.js' own index: what `vulnerable` has and `patched` has not is affected, as its `is-my-node-vulnerable` reads it. */
export function judgeNode({ vulnerable, patched }: NodeRule, text: string): Opinion {
  const version = parse(text);
  if (version === null) return { affected: "unknown", because: unplaceable(text), fixed: undefined };
  if (validRange(vulnerable) === null || validRange(patched) === null) {
    return { affected: "unknown", because: "its range of versions cannot be read", fixed: undefined };
  }
  if (!satisfies(version, vulnerable, OPTIONS)) {
    return { affected: "no", because: `${text} is not in ${vulnerable.trim()}`, fixed: undefined };
  }
  if (patched.trim() !== "" && satisfies(version, patched, OPTIONS)) {
    return { affected: "no", because: `${text} has the fix: it is in ${patched.trim()}`, fixed: undefined };
  }
  return {
    affected: "yes",
    because: `${text} is in ${vulnerable.trim()}, and not in ${patched.trim() || "any range that has the fix"}`,
    fixed: firstPatched(patched, version),
  };
}

/** The smallest version above this one that begins a patched range. */
function firstPatched(patched: string, version: SemVer): string | undefined {
  if (patched.trim() === "") return undefined;
  const starts = new Range(patched).set.flatMap((all) => minVersion(all.join(" ")) ?? []);
  return starts
    .filter((start) => start.compare(version) > 0)
    .toSorted(rcompare)
    .at(-1)?.version;
}
