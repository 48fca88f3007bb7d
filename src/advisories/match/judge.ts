import type { PackageType } from "../../inventory/package.ts";
import type { AdvisoryEntry, AdvisoryRule } from "../advisory.ts";
import { orderOf } from "../versions/order-of.ts";
import { judgeDebian } from "./judge-debian.ts";
import { judgeNode } from "./judge-node.ts";
import { judgeOsv } from "./judge-osv.ts";
import { type Opinion, olderThan } from "./opinion.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What an entry says of a version of packages of a type: for deb and apk that of the source package. Undefined where the
 * record was withdrawn: it says nothing any more.
 */
export function judge(entry: AdvisoryEntry, version: string, type: PackageType): Verdict | undefined {
  if (entry.record.withdrawn !== undefined) return undefined;
  const opinion = opinionOf(entry.rule, version, type);
  const { affected, because, fixed, state = "not-fixed", unimportant = false } = opinion;
  return { entry, affected, because, version, fixed, state: fixed === undefined ? state : "fixed", unimportant };
}

function opinionOf(rule: AdvisoryRule, version: string, type: PackageType): Opinion {
  switch (rule.kind) {
    case "osv":
      return judgeOsv(rule, version, type);
    case "debian":
      return judgeDebian(rule, version);
    case "node":
      return judgeNode(rule, version);
    case "archive":
      return olderThan(rule.fixed, version, orderOf("deb"), `${rule.suite} has it, and its changelog names the flaw`);
    case "secdb":
      if (rule.fixed === "0") return { affected: "no", because: "Alpine's packages never had it", fixed: undefined };
      return olderThan(rule.fixed, version, orderOf("apk"), "Alpine fixed it there");
  }
}
