import type { AdvisoryEntry, AdvisorySource, SeverityClaim } from "../../src/advisories/advisory.ts";
import type { FeedId, FeedState } from "../../src/advisories/feed.ts";
import type { FeedItem } from "../../src/advisories/feeds/item.ts";
import { supportNames } from "../../src/advisories/support-names.ts";

/** Advisory data in memory: what each feed says. */
export function advisoriesOf(items: Readonly<Partial<Record<FeedId, readonly FeedItem[]>>>): AdvisorySource {
  const all = (Object.entries(items) as [FeedId, readonly FeedItem[]][]).flatMap(([feed, said]) =>
    said.map((item) => ({ feed, item })),
  );
  const entries = all.flatMap(({ feed, item }) => (item.kind === "entry" ? [{ feed, ...item }] : []));
  return {
    feeds: () => (Object.keys(items) as FeedId[]).map(stateOf),
    ecosystems: (wanted) =>
      new Set(
        all.flatMap(({ feed, item }) =>
          feed === wanted && (item.kind === "entry" || item.kind === "ecosystem") ? [item.ecosystem] : [],
        ),
      ),
    about: (ecosystem, name) =>
      entries
        .filter((each) => each.ecosystem === ecosystem && each.name === name)
        .map(({ feed, record, rule }): AdvisoryEntry => ({ feed, record, rule })),
    severitiesOf: (cve) =>
      entries.flatMap(({ record }): readonly SeverityClaim[] =>
        record.id === cve || record.aliases.includes(cve) ? record.severities : [],
      ),
    exploited: (cve) =>
      all.flatMap(({ item }) => (item.kind === "exploited" && item.cve === cve ? [item.exploited] : []))[0],
    likelihood: (cve) =>
      all.flatMap(({ item }) => (item.kind === "likelihood" && item.cve === cve ? [item.likelihood] : []))[0],
    support: (release, source) =>
      supportNames(source).flatMap((name) =>
        all.flatMap(({ item }) =>
          item.kind === "support" && item.release === release && item.source === name ? [item.note] : [],
        ),
      )[0],
  };
}

function stateOf(feed: FeedId): FeedState {
  const checkedAt = Date.UTC(2026, 10, 23);
  return { feed, place: "a test", checkedAt, dated: undefined, records: 1, digest: "", failure: undefined };
}
