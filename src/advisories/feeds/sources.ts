import { resolve } from "node:path";
import { DistillError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { FeedId } from "../feed.ts";
import { isAddress, WHOLE_FEEDS } from "./addresses.ts";

const DEFAULT = "default";
const MAX_PLACES = 100;

/**
 * Where feeds are to be taken from, of texts `FEED=PLACE`: an address, a file or a directory, several for one feed, or
 * `default` (undefined). Paths become absolute. USAGE for anything else.
 */
export function parseSources(texts: readonly string[]): ReadonlyMap<FeedId, readonly string[] | undefined> {
  const sources = new Map<FeedId, readonly string[] | undefined>();
  for (const text of texts) {
    const [, name = "", place = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (place === "") {
      throw new DistillError("USAGE", `${JSON.stringify(text.slice(0, 100))} names no place of a feed`, {
        hint: "expected FEED=ADDRESS, FEED=FILE, FEED=DIR or FEED=default",
      });
    }
    const feed = parseFeed(name);
    if (place === DEFAULT) {
      sources.set(feed, undefined);
      continue;
    }
    const places = [...(sources.get(feed) ?? []), checkedPlace(place)];
    if (places.length > MAX_PLACES) throw new DistillError("USAGE", `${feed} has more than ${MAX_PLACES} places`);
    sources.set(feed, places);
  }
  return sources;
}

/** A feed that is taken as a whole, by its name; USAGE for any other. */
export function parseFeed(name: string): FeedId {
  const feed = WHOLE_FEEDS.find((each) => each === name);
  if (feed !== undefined) return feed;
  const guess = nearest(name, WHOLE_FEEDS);
  throw new DistillError("USAGE", `there is no feed ${JSON.stringify(name.slice(0, 100))}`, {
    hint: `${guess === undefined ? "" : `did you mean ${guess}? `}the feeds are ${WHOLE_FEEDS.join(", ")}`,
  });
}

function checkedPlace(place: string): string {
  if (!isAddress(place)) {
    const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(place) ?? [];
    if (scheme === undefined) return resolve(place);
    throw new DistillError("USAGE", `a feed cannot be taken by ${scheme}`, {
      hint: "an address begins with https:// or http://; a file or a directory is named by its path",
    });
  }
  if (URL.canParse(place)) return place;
  throw new DistillError("USAGE", "the place of a feed is not an address that can be read");
}
