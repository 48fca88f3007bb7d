import type { FeedId } from "../feed.ts";
import { lookUp } from "./lookup.ts";
import type { MatchedPackage } from "./verdict.ts";

/** Feeds that say more about what others find. */
const OF_CVES: readonly FeedId[] = ["kev", "epss"];
/** Feeds that are asked about the same packages as the tracker. */
const OF_DEBIAN: readonly FeedId[] = ["debian-archive", "debian-support"];

/** The feeds that have something to say of one of these packages. Empty where nobody can look. */
export function feedsFor(packages: readonly MatchedPackage[]): ReadonlySet<FeedId> {
  const feeds = new Set<FeedId>();
  for (const each of packages) {
    const place = lookUp(each);
    if (place.kind === "place") for (const { feed } of place.ecosystems) feeds.add(feed);
  }
  if (feeds.has("debian-tracker")) for (const feed of OF_DEBIAN) feeds.add(feed);
  if (feeds.size > 0) for (const feed of OF_CVES) feeds.add(feed);
  return feeds;
}
