import type { AdvisoryRule } from "../advisory.ts";
import { isInNpmRange, type NpmRange, parseNpmRange, startsOf } from "../versions/npm-range.ts";
import { compareSemver, parseSemver, type Semver } from "../versions/semver.ts";
import { type Opinion, unplaceable } from "./opinion.ts";

type NodeRule = Extract<AdvisoryRule, { kind: "node" }>;

/** Node.js' own index: what `vulnerable` has and `patched` has not is affected, as its `is-my-node-vulnerable` reads it. */
export function judgeNode(rule: NodeRule, text: string): Opinion {
  const version = parseSemver(text);
  if (version === undefined) return { affected: "unknown", because: unplaceable(text), fixed: undefined };
  const vulnerable = rule.vulnerable.trim();
  const patched = rule.patched.trim();
  const flawed = parseNpmRange(vulnerable);
  const fixed = patched === "" ? [] : parseNpmRange(patched);
  if (flawed === undefined || fixed === undefined || vulnerable === "") {
    return { affected: "unknown", because: "its range of versions cannot be read", fixed: undefined };
  }
  if (!isInNpmRange(version, flawed)) {
    return { affected: "no", because: `${text} is not in ${vulnerable}`, fixed: undefined };
  }
  if (isInNpmRange(version, fixed)) {
    return { affected: "no", because: `${text} has the fix: it is in ${patched}`, fixed: undefined };
  }
  return {
    affected: "yes",
    because: `${text} is in ${vulnerable}, and not in ${patched || "any range that has the fix"}`,
    fixed: firstPatched(fixed, version),
  };
}

/** The smallest version above this one that begins a patched range. */
function firstPatched(patched: NpmRange, version: Semver): string | undefined {
  return startsOf(patched)
    .filter((start) => compareSemver(start.version, version) > 0)
    .toSorted((a, b) => compareSemver(b.version, a.version))
    .at(-1)?.text;
}
