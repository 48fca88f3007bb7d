import type { PackageType } from "../../inventory/package.ts";
import type { AdvisoryEntry, AdvisorySource } from "../advisory.ts";
import type { FeedId } from "../feed.ts";
import { FEED_NAMES } from "../feed-names.ts";
import { orderOf } from "../versions/order-of.ts";
import { judge } from "./judge.ts";
import { lookUp, type Place } from "./lookup.ts";
import { endOfNodeLine } from "./node-lines.ts";
import { withUbuntuPro } from "./ubuntu-pro.ts";
import type { Assessed, MatchedPackage, Verdict } from "./verdict.ts";

/**
 * All that advisory data says of one package: what each entry comes to, and how much the answer is worth. Without data of the
 * package's ecosystem, or a version that has a place in its order, the level is `none`: that nothing was found is then no answer.
 * Versions that a record names one by one count even so.
 */
export function assess(pkg: MatchedPackage, source: AdvisorySource): Assessed {
  const place = lookUp(pkg);
  if (place.kind === "nowhere") return unassessed(place.reason);
  const there = place.ecosystems.filter(({ feed, ecosystem }) => source.ecosystems(feed).has(ecosystem));
  if (there.length === 0) return unassessed(whyNoData(place, source));

  const { type } = pkg.facts;
  const { name, version } = place;
  const feeds = [...new Set(there.map(({ feed }) => feed))];
  const entries = distinct(
    there.flatMap(({ ecosystem }) => source.about(ecosystem, name)),
    feeds,
  );
  const plain = verdictsOn(entries, version, type);
  const verdicts =
    place.pro === undefined ? plain : withUbuntuPro(plain, verdictsOn(source.about(place.pro, name), version, type));

  const doubt = whyNoVersion(version, type, verdicts) ?? whyNoSource(pkg);
  if (doubt !== undefined) return { ...unassessed(doubt), verdicts };
  return { ...levelOf(place, source), feeds, verdicts };
}

function unassessed(reason: string): Assessed {
  return { level: "none", feeds: [], reason, verdicts: [] };
}

function whyNoData({ ecosystems, what }: Place, source: AdvisorySource): string {
  const loaded = new Set(source.feeds().map(({ feed }) => feed));
  const feeds = ecosystems.map(({ feed }) => feed);
  const silent = feeds.filter((feed) => loaded.has(feed));
  if (silent.length === 0) return `there is no data of ${namesOf(feeds, "or")} here`;
  return `${namesOf(silent, "and")} ${silent.length === 1 ? "has" : "have"} nothing about ${what}`;
}

function namesOf(feeds: readonly FeedId[], word: string): string {
  return feeds.map((feed) => FEED_NAMES[feed]).join(` ${word} `);
}

/**
 * The export of one ecosystem has records that another's has too: they count once, as the package's own feeds have them. Another's
 * may be old: only what packages ask for is renewed. A record may have several rules of its own.
 */
function distinct(entries: readonly AdvisoryEntry[], own: readonly FeedId[]): readonly AdvisoryEntry[] {
  const feedOf = new Map<string, FeedId>();
  for (const { feed, record, rule } of entries) {
    if (rule.kind !== "osv") continue;
    const known = feedOf.get(record.id);
    if (known === undefined || (own.includes(feed) && !own.includes(known))) feedOf.set(record.id, feed);
  }
  return entries.filter(({ feed, record, rule }) => rule.kind !== "osv" || feedOf.get(record.id) === feed);
}

function verdictsOn(entries: readonly AdvisoryEntry[], version: string, type: PackageType): readonly Verdict[] {
  return entries.flatMap((entry) => judge(entry, version, type) ?? []);
}

function whyNoVersion(version: string, type: PackageType, verdicts: readonly Verdict[]): string | undefined {
  if (version === "") return "its version is not known";
  if (type === "golang" && version === "(devel)") return "it was built from a checkout: its version is not known";
  const hasPlace = orderOf(type)?.has(version) ?? true;
  if (hasPlace || verdicts.every(({ affected }) => affected !== "unknown")) return undefined;
  return `its version ${version} has no place in the order of versions`;
}

/** What is found under the name of the package counts even so. */
function whyNoSource({ sourceUntold }: MatchedPackage): string | undefined {
  return sourceUntold === true
    ? "its document does not name the source package, and that is what advisories are about"
    : undefined;
}

function levelOf(place: Place, source: AdvisorySource): Pick<Assessed, "level" | "reason"> {
  const { level, what } = place;
  if (level === "fixes-only") return { level, reason: `${what}'s data names what was fixed, and nothing that is open` };
  const node = source.feeds().find(({ feed }) => feed === "nodejs-core");
  const end = what === "Node.js" && node !== undefined ? endOfNodeLine(place.version, node.checkedAt) : undefined;
  if (end === undefined) return { level, reason: undefined };
  return { level: "fixes-only", reason: `Node.js names no new flaws of this line any more: its support ended ${end}` };
}
