import { namesOf } from "./same-flaw.ts";
import type { Verdict } from "./verdict.ts";

/** What Ubuntu Pro (ESM) builds has this in its version: `1.0-1ubuntu0.1~esm2`. */
const PRO_BUILD = /esm\d/;

/**
 * Ubuntu's verdicts, with what Ubuntu Pro's say of the same package. Fixes that only subscribers get are no fixes of the release:
 * what they alone fix stays affected, and says so. A package that came from Pro has what Pro has fixed.
 */
export function withUbuntuPro(plain: readonly Verdict[], pro: readonly Verdict[]): readonly Verdict[] {
  const told = plain.map((verdict) =>
    beside(
      verdict,
      pro.filter((each) => isSame(each, verdict)),
    ),
  );
  const more = pro.filter((each) => !plain.some((verdict) => isSame(each, verdict)));
  return [...told, ...more.map(withoutFix)];
}

function isSame(a: Verdict, b: Verdict): boolean {
  const names = namesOf(a.entry.record);
  return namesOf(b.entry.record).some((name) => names.includes(name));
}

function beside(verdict: Verdict, pro: readonly Verdict[]): Verdict {
  if (verdict.affected !== "yes" || verdict.fixed !== undefined) return verdict;
  const done = pro.find(({ affected, version }) => affected === "no" && PRO_BUILD.test(version));
  if (done !== undefined) return { ...verdict, affected: "no", because: `Ubuntu Pro: ${done.because}` };
  const fixed = pro.find((each) => each.fixed !== undefined)?.fixed;
  return fixed === undefined
    ? verdict
    : { ...verdict, because: `${verdict.because}; only Ubuntu Pro has a fix, ${fixed}` };
}

/** Of a flaw that Ubuntu's own records do not have, because no release of its own fixes it. */
function withoutFix(verdict: Verdict): Verdict {
  const { affected, because, fixed } = verdict;
  if (affected !== "yes" || fixed === undefined) return { ...verdict, because: `Ubuntu Pro: ${because}` };
  return { ...verdict, because: `${because}, which only Ubuntu Pro has`, fixed: undefined, state: "not-fixed" };
}
