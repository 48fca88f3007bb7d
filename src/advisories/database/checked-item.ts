import type { AdvisoryRecord, AdvisoryRule, SeverityClaim } from "../advisory.ts";
import type { FeedItem } from "../feeds/item.ts";
import type { OsvRange } from "../osv/affects.ts";
import { dayOf } from "../readers/dates.ts";
import { type Fields, listOf, MAX_ID, MAX_NAME, MAX_VERSION, malformed, mapOf, wordOf } from "../readers/fields.ts";

const MAX_ITEMS = 1_000_000;
const MAX_TEXT = 20_000;

/** A record as the database holds it; FORMAT_INVALID with `what` and the place for anything else. */
export function checkedRecord(value: unknown, what: string): AdvisoryRecord {
  const fields = mapOf(value, what, "record");
  const at = (key: string) => `record.${key}`;
  return {
    id: wordOf(fields.id, what, at("id"), MAX_ID),
    aliases: words(fields.aliases, what, at("aliases"), MAX_ID),
    summary: text(fields.summary, what, at("summary")),
    severities: severities(fields.severities, what, at("severities")),
    published: optional(fields.published, what, at("published")),
    modified: optional(fields.modified, what, at("modified")),
    withdrawn: optional(fields.withdrawn, what, at("withdrawn")),
    link: optional(fields.link, what, at("link")),
  };
}

export function checkedRule(value: unknown, what: string): AdvisoryRule {
  const fields = mapOf(value, what, "rule");
  const word = (key: string) => wordOf(fields[key], what, `rule.${key}`, MAX_TEXT);
  switch (fields.kind) {
    case "osv":
      return {
        kind: "osv",
        ...(fields.versions === undefined
          ? {}
          : { versions: words(fields.versions, what, "rule.versions", MAX_VERSION) }),
        ...(fields.ranges === undefined ? {} : { ranges: ranges(fields.ranges, what) }),
        ...(fields.severities === undefined
          ? {}
          : { severities: severities(fields.severities, what, "rule.severities") }),
      };
    case "debian": {
      const { status } = fields;
      if (status !== "open" && status !== "resolved" && status !== "undetermined") {
        throw malformed(what, "rule.status", "is none of open, resolved and undetermined");
      }
      return {
        kind: "debian",
        status,
        fixed: optional(fields.fixed, what, "rule.fixed"),
        urgency: text(fields.urgency, what, "rule.urgency"),
        ...(fields.nodsa === undefined ? {} : { nodsa: text(fields.nodsa, what, "rule.nodsa") }),
        ...(fields.nodsaReason === undefined
          ? {}
          : { nodsaReason: text(fields.nodsaReason, what, "rule.nodsaReason") }),
      };
    }
    case "secdb":
      return { kind: "secdb", fixed: word("fixed") };
    case "archive":
      return { kind: "archive", fixed: word("fixed"), suite: word("suite") };
    case "node":
      return {
        kind: "node",
        vulnerable: text(fields.vulnerable, what, "rule.vulnerable"),
        patched: text(fields.patched, what, "rule.patched"),
      };
    default:
      throw malformed(what, "rule.kind", "is unknown");
  }
}

/** A fact, by the key that factKeys made. */
export function checkedFact(key: unknown, body: unknown, what: string): FeedItem {
  const [kind, first = "", second = "", ...more] = wordOf(key, what, "fact", MAX_NAME).split(" ");
  const isOne = first !== "" && second === "" && more.length === 0;
  if (kind === "exploited" && isOne) {
    const { added, due, ransomware } = mapOf(body, what, "body");
    return {
      kind,
      cve: first,
      exploited: {
        added: day(added, what),
        due: due === undefined ? undefined : day(due, what),
        ransomware: ransomware === true,
      },
    };
  }
  if (kind === "likelihood" && isOne) {
    const { score, percentile } = mapOf(body, what, "body");
    return { kind, cve: first, likelihood: { score: share(score, what), percentile: share(percentile, what) } };
  }
  if (kind === "support" && second !== "" && more.length === 0) {
    if (body === null) return { kind, release: first, source: second, note: undefined };
    const { kind: noted, since, text: said } = mapOf(body, what, "body");
    if (noted !== "ended" && noted !== "limited") throw malformed(what, "body.kind", "is neither ended nor limited");
    const note = {
      kind: noted,
      since: optional(since, what, "body.since"),
      text: text(said, what, "body.text"),
    } as const;
    return { kind, release: first, source: second, note };
  }
  throw malformed(what, "fact", "is unknown");
}

function severities(value: unknown, what: string, path: string): readonly SeverityClaim[] {
  return listOf(value, what, path, 1000).map((each) => {
    const { source, type, value: said } = mapOf(each, what, path);
    if (type !== "CVSS_V2" && type !== "CVSS_V3" && type !== "CVSS_V4" && type !== "label") {
      throw malformed(what, `${path}.type`, "is unknown");
    }
    return { source: wordOf(source, what, `${path}.source`, MAX_ID), type, value: text(said, what, `${path}.value`) };
  });
}

function ranges(value: unknown, what: string): readonly OsvRange[] {
  return listOf(value, what, "rule.ranges", MAX_ITEMS).map((each) => {
    const { type, events } = mapOf(each, what, "rule.ranges");
    return {
      type: wordOf(type, what, "rule.ranges.type", MAX_ID),
      events: listOf(events, what, "rule.ranges.events", MAX_ITEMS).map((event) =>
        textsOf(mapOf(event, what, "event"), what),
      ),
    };
  });
}

/** Only what an event may have. */
function textsOf(event: Fields, what: string): OsvRange["events"][number] {
  const known = ["introduced", "fixed", "last_affected", "limit"] as const;
  return Object.fromEntries(
    known.flatMap((key) =>
      event[key] === undefined ? [] : [[key, wordOf(event[key], what, `event.${key}`, MAX_VERSION)]],
    ),
  ) as OsvRange["events"][number];
}

function words(value: unknown, what: string, path: string, maxLength: number): readonly string[] {
  return listOf(value, what, path, MAX_ITEMS).map((each) => wordOf(each, what, path, maxLength));
}

function text(value: unknown, what: string, path: string): string {
  if (value === "") return "";
  return wordOf(value, what, path, MAX_TEXT);
}

function optional(value: unknown, what: string, path: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, what, path);
}

function day(value: unknown, what: string): string {
  const known = dayOf(wordOf(value, what, "a day", MAX_ID));
  if (known === undefined) throw malformed(what, "a day", "is none");
  return known;
}

function share(value: unknown, what: string): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw malformed(what, "a likelihood", "is no number from 0 to 1");
}
