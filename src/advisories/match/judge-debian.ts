import type { DebianRule } from "../advisory.ts";
import { orderOf } from "../versions/order-of.ts";
import { type Opinion, olderThan } from "./opinion.ts";
import type { FixState } from "./verdict.ts";

/**
 * What Debian's security tracker says (security-team.debian.org/security_tracker.html). `undetermined` is neither affected nor
 * safe. What is open is so in every version: a fix in another release is none in this one.
 */
export function judgeDebian(rule: DebianRule, version: string): Opinion {
  const unimportant = isUnimportant(rule);
  switch (rule.status) {
    case "undetermined":
      return { affected: "unknown", because: "Debian has not determined whether it has the flaw", fixed: undefined };
    case "open":
      return { affected: "yes", because: openBecause(rule), fixed: undefined, state: stateOf(rule), unimportant };
    case "resolved":
      if (rule.fixed === undefined) {
        return { affected: "unknown", because: "resolved, and Debian does not say in which version", fixed: undefined };
      }
      if (rule.fixed === "0") {
        return { affected: "no", because: "this release of Debian never had it", fixed: undefined };
      }
      return { ...olderThan(rule.fixed, version, orderOf("deb"), "Debian fixed it there"), unimportant };
  }
}

/** Asterisks mark urgencies that were derived (`low**`). */
function isUnimportant({ urgency }: DebianRule): boolean {
  return urgency.replace(/\*+$/, "") === "unimportant";
}

/** An advisory that is not planned leaves a fix in a point release open: that alone is no refusal. */
function stateOf({ urgency, nodsaReason }: DebianRule): FixState {
  if (urgency === "end-of-life") return "end-of-life";
  if (nodsaReason === "ignored") return "wont-fix";
  return nodsaReason === "postponed" ? "deferred" : "not-fixed";
}

function openBecause(rule: DebianRule): string {
  const { nodsa, nodsaReason } = rule;
  const said = nodsa === undefined || nodsa === "" ? "" : ` (${nodsa})`;
  const why =
    stateOf(rule) === "end-of-life"
      ? ", and its support has ended"
      : nodsaReason === "ignored"
        ? `, and Debian will not fix it${said}`
        : nodsaReason === "postponed"
          ? `, and its fix is postponed${said}`
          : nodsa === undefined
            ? ""
            : `, and Debian plans no advisory for it${said}`;
  return `open in this release of Debian, in every version${why}${isUnimportant(rule) ? "; unimportant, as Debian sees it" : ""}`;
}
