import type { PackageType } from "../../inventory/package.ts";
import type { OsvRule } from "../advisory.ts";
import { affects, type NoPlace, type OsvVerdict, type Outside } from "../osv/affects.ts";
import { orderOf, type VersionOrder } from "../versions/order-of.ts";
import { atLeast, type Opinion, unplaceable } from "./opinion.ts";

/** OSV's evaluation of a record, in words, with the first version behind this one that it does not call affected. */
export function judgeOsv(rule: OsvRule, version: string, type: PackageType): Opinion {
  const order = orderOf(type);
  const { verdict, compared } = affectsBuild(rule, version, type, order);
  const build = compared === version ? "" : `, of which ${version} is a build`;
  switch (verdict.affected) {
    case "yes":
      return {
        affected: "yes",
        because: `${yesBecause(verdict, compared)}${build}`,
        fixed: firstFixed(rule, compared, order),
      };
    case "no":
      return { affected: "no", because: noBecause(verdict.because, version), fixed: undefined };
    case "unknown":
      return { affected: "unknown", because: unknownBecause(verdict.because), fixed: undefined };
  }
}

/**
 * A local version (`2.1.0+cu118`) is a build of the public one before it, and what speaks of that one speaks of all its builds
 * (PEP 440, "Version matching"; "Inclusive ordered comparison").
 */
function affectsBuild(
  rule: OsvRule,
  version: string,
  type: PackageType,
  order: VersionOrder | undefined,
): { readonly verdict: OsvVerdict; readonly compared: string } {
  const verdict = affects(rule, version, order);
  const plus = type === "pypi" ? version.indexOf("+") : -1;
  if (verdict.affected === "yes" || plus < 0) return { verdict, compared: version };
  const compared = version.slice(0, plus);
  const ofPublic = affects(rule, compared, order);
  return ofPublic.affected === "yes" ? { verdict: ofPublic, compared } : { verdict, compared: version };
}

/** Each is judged by the whole record; none has fixes of so many branches, and one that lists thousands is not to cost minutes. */
const MAX_FIXES = 20;

/** The smallest of the record's fixed versions above this one that is in no other of its ranges. */
function firstFixed(rule: OsvRule, version: string, order: VersionOrder | undefined): string | undefined {
  const fixes = (rule.ranges ?? [])
    .filter(({ type }) => type !== "GIT")
    .flatMap(({ events }) => events.flatMap(({ fixed }) => fixed ?? []));
  return fixes
    .filter((fixed) => order?.compare(fixed, version) === 1)
    .toSorted((a, b) => order?.compare(a, b) ?? 0)
    .slice(0, MAX_FIXES)
    .find((fixed) => affects(rule, fixed, order).affected !== "yes");
}

function yesBecause({ because }: Extract<OsvVerdict, { affected: "yes" }>, version: string): string {
  if (because.kind === "listed") {
    const spelled = because.version === version ? "" : ` as ${because.version}`;
    return `the record names ${version}${spelled} among the affected versions`;
  }
  const { introduced, fixed, lastAffected } = because;
  const from = introduced === "0" ? "" : `from ${introduced} on`;
  const end =
    fixed !== undefined ? `before ${fixed}` : lastAffected !== undefined ? `up to ${lastAffected}` : undefined;
  if (end === undefined) return `${version} is affected as is every version ${from}`.trimEnd();
  return `${version} is in the range ${from === "" ? "" : `${from} and `}${end}`;
}

function noBecause(all: readonly Outside[], version: string): string {
  return [...new Set(all.map((each) => outsideBecause(each, version)))].join("; ");
}

function outsideBecause(outside: Outside, version: string): string {
  switch (outside.kind) {
    case "before":
      return `${version} is older than ${outside.introduced}, which brought it`;
    case "fixed":
      return outside.fixed === "0" ? "it never had the flaw" : atLeast(version, outside.fixed);
    case "after":
      return `${version} is newer than ${outside.lastAffected}, the last that is affected`;
    case "over-limit":
      return `${version} is not before ${outside.limit}, where the record ends`;
    case "empty":
      return "the record's range is empty";
    case "not-listed":
      return `${version} is not among the versions that the record names`;
  }
}

function unknownBecause(because: NoPlace): string {
  switch (because.kind) {
    case "no-version":
      return unplaceable(because.text);
    case "no-order":
      return "versions of such packages have no order";
    case "no-versions":
      return "the record names no versions of packages";
  }
}
