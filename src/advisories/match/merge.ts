import type { PackageType } from "../../inventory/package.ts";
import type { AdvisorySource } from "../advisory.ts";
import type { FeedId } from "../feed.ts";
import { orderOf } from "../versions/order-of.ts";
import { judge } from "./judge.ts";
import { rateFlaw } from "./rate-flaw.ts";
import { bestNamesFirst, flawsOf } from "./same-flaw.ts";
import type { Match, Verdict } from "./verdict.ts";

/**
 * Verdicts on one package, of a type, by flaw: records that share a name, directly or by way of others, are about the same one
 * (`aliases`, never `related`). One match each, by id; those that affect nobody are among them, with what their own records say
 * of their severity.
 *
 * Records may disagree. One that says yes is enough: most say no because their list of versions ends where it was written. What
 * one of them could not tell is unknown unless another says yes.
 */
export function mergeVerdicts(
  verdicts: readonly Verdict[],
  source: AdvisorySource,
  type: PackageType,
): readonly Match[] {
  return groupsOf(verdicts)
    .map((group) => matchOf(group, source, type))
    .sort((a, b) => compareText(a.id, b.id));
}

interface Group {
  readonly names: Set<string>;
  readonly verdicts: Set<Verdict>;
}

function groupsOf(verdicts: readonly Verdict[]): readonly Group[] {
  const groupOf = new Map<string, Group>();
  for (const verdict of verdicts) {
    for (const names of flawsOf(verdict.entry.record)) {
      const known = new Set(names.flatMap((name) => groupOf.get(name) ?? []));
      const [group = { names: new Set<string>(), verdicts: new Set<Verdict>() }, ...joined] = known;
      for (const name of names) group.names.add(name);
      group.verdicts.add(verdict);
      for (const other of joined) {
        for (const name of other.names) group.names.add(name);
        for (const each of other.verdicts) group.verdicts.add(each);
      }
      for (const name of joined.length === 0 ? names : group.names) groupOf.set(name, group);
    }
  }
  return [...new Set(groupOf.values())];
}

function matchOf(group: Group, source: AdvisorySource, type: PackageType): Match {
  const [id = "", ...aliases] = bestNamesFirst(group.names);
  const all = [...group.verdicts].sort((a, b) => compareText(a.entry.record.id, b.entry.record.id));
  const counted = all.filter((verdict) => !isOverruled(verdict, all));
  const affected = (["yes", "unknown"] as const).find((each) => counted.some((one) => one.affected === each)) ?? "no";
  const deciding = counted.filter((verdict) => verdict.affected === affected);
  const fixed = affected === "yes" ? firstFix(deciding, type) : undefined;
  const first = deciding.find((verdict) => verdict.fixed === fixed) ?? deciding[0];
  const ordered = [...new Set([...(first === undefined ? [] : [first]), ...deciding, ...counted, ...all])];
  return {
    id,
    aliases,
    affected,
    rating: rateFlaw(ordered, affected === "no" ? [] : [id, ...aliases], source),
    summary: ordered.map(({ entry }) => entry.record.summary).find((text) => text !== "") ?? "",
    link: ordered.flatMap(({ entry }) => entry.record.link ?? [])[0],
    fixed,
    state: fixed === undefined ? (first?.state ?? "not-fixed") : "fixed",
    unimportant: deciding.some(({ unimportant }) => unimportant),
    verdicts: ordered,
  };
}

/** Where the maintainers of a package say no, what was derived from their work does not count: it may be older, or coarser. */
const ORIGIN: Partial<Record<FeedId, FeedId>> = { "debian-archive": "debian-tracker", "osv-alpine": "alpine-secdb" };

function isOverruled(verdict: Verdict, all: readonly Verdict[]): boolean {
  const origin = ORIGIN[verdict.entry.feed];
  return origin !== undefined && all.some(({ entry, affected }) => entry.feed === origin && affected === "no");
}

/**
 * The smallest of the versions that records call fixed, of those behind the installed one: one that no other of them calls
 * affected, where there is such a one.
 */
function firstFix(deciding: readonly Verdict[], type: PackageType): string | undefined {
  const order = orderOf(type) ?? orderOf("npm");
  const fixes = [...new Set(deciding.flatMap(({ fixed }) => fixed ?? []))];
  const ascending = fixes.sort((a, b) => order?.compare(a, b) ?? 0);
  const helps = (version: string): boolean =>
    deciding.every(({ entry }) => judge(entry, version, type)?.affected !== "yes");
  return ascending.find(helps) ?? ascending[0];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
