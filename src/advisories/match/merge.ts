import type { PackageType } from "../../inventory/package.ts";
import type { AdvisorySource } from "../advisory.ts";
import type { FeedId } from "../feed.ts";
import { UNRATED } from "../severity/severity.ts";
import { orderOf } from "../versions/order-of.ts";
import { judge } from "./judge.ts";
import { rateFlaw } from "./rate-flaw.ts";
import { bestNamesFirst, flawsOf } from "./same-flaw.ts";
import type { Match, Verdict } from "./verdict.ts";

/**
 * Verdicts on one package, of a type, by flaw: records that share a name, directly or by way of others, are about the same one
 * (`aliases`, never `related`). One match each, by id; those that do not affect the package are among them, and are not rated.
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
  readonly names: readonly string[];
  readonly verdicts: readonly Verdict[];
}

function groupsOf(verdicts: readonly Verdict[]): readonly Group[] {
  const groups = new Set<Group>();
  const groupOf = new Map<string, Group>();
  for (const verdict of verdicts) {
    for (const names of flawsOf(verdict.entry.record)) {
      let group: Group = { names, verdicts: [verdict] };
      for (const name of names) {
        const known = groupOf.get(name);
        if (known !== undefined && groups.delete(known)) group = joined(known, group);
      }
      groups.add(group);
      for (const name of group.names) groupOf.set(name, group);
    }
  }
  return [...groups];
}

function joined(a: Group, b: Group): Group {
  return {
    names: [...new Set([...a.names, ...b.names])],
    verdicts: [...new Set([...a.verdicts, ...b.verdicts])],
  };
}

function matchOf({ names, verdicts }: Group, source: AdvisorySource, type: PackageType): Match {
  const [id = "", ...aliases] = bestNamesFirst(names);
  const ordered = decidingFirst(verdicts, type);
  const [first] = ordered;
  const { affected = "no", fixed } = first ?? {};
  return {
    id,
    aliases,
    affected,
    rating: affected === "no" ? UNRATED : rateFlaw(ordered, [id, ...aliases], source),
    summary: ordered.find(({ entry }) => entry.record.summary !== "")?.entry.record.summary ?? "",
    link: ordered.find(({ entry }) => entry.record.link !== undefined)?.entry.record.link,
    fixed,
    state: first?.state ?? "not-fixed",
    unimportant: ordered.some((verdict) => verdict.unimportant && verdict.affected === affected),
    verdicts: ordered,
  };
}

/** By what they say, "yes" first, and by id; what is overruled last. First of all the one whose fix is that of the flaw. */
function decidingFirst(all: readonly Verdict[], type: PackageType): readonly Verdict[] {
  if (all.length === 1) return all;
  const rank = (verdict: Verdict): number =>
    isOverruled(verdict, all) ? 3 : ["yes", "unknown", "no"].indexOf(verdict.affected);
  const ranked = all.map((verdict) => ({ verdict, rank: rank(verdict) }));
  ranked.sort((a, b) => a.rank - b.rank || compareText(a.verdict.entry.record.id, b.verdict.entry.record.id));
  const deciding = ranked.flatMap(({ verdict, rank }) => (rank === 0 ? [verdict] : []));
  const fixed = firstFix(deciding, type);
  const first = deciding.find((verdict) => verdict.fixed === fixed);
  return [...new Set([...(first === undefined ? [] : [first]), ...ranked.map(({ verdict }) => verdict)])];
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
  if (fixes.length < 2) return fixes[0];
  const ascending = fixes.sort((a, b) => order?.compare(a, b) ?? 0);
  const helps = (version: string): boolean =>
    deciding.every(({ entry }) => judge(entry, version, type)?.affected !== "yes");
  return ascending.find(helps) ?? ascending[0];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
