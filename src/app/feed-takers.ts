import type { FeedId } from "../advisories/feed.ts";
import type { FeedTaker } from "../advisories/feeds/taken.ts";
import { takeDebianSupport } from "./debian-support.ts";

/** How feeds are taken that lie in no files of their own. */
export const FEED_TAKERS: Readonly<Partial<Record<FeedId, FeedTaker>>> = {
  "debian-support": takeDebianSupport,
};
