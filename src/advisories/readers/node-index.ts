import type { AdvisoryRule, SeverityClaim } from "../advisory.ts";
import type { FeedItem } from "../feeds/item.ts";
import { dateTime, dayOf } from "./dates.ts";
import {
  type Broken,
  type Fields,
  idsOf,
  jsonOf,
  malformed,
  mapOf,
  optionalTextOf,
  quoted,
  readOrTell,
  throwBroken,
  wordOf,
} from "./fields.ts";
import { firstLine } from "./one-line.ts";

const MAX_BYTES = 64 << 20;
const MAX_RECORDS = 100_000;
const MAX_CVES = 1000;
const MAX_RANGE = 4000;
const NODE = "node";

/**
 * Reads the index of flaws in the Node.js runtime (`vuln/core/index.json` of nodejs/security-wg). An item that names several
 * CVEs is as many flaws; one that names none is called `NODE-` and its number. FORMAT_INVALID with `what` and the place;
 * an item that cannot be read is told to `broken`.
 */
export function readNodeIndex(bytes: Uint8Array, what: string, broken: Broken = throwBroken): readonly FeedItem[] {
  const items = Object.entries(mapOf(jsonOf(bytes, what, MAX_BYTES), what, ""));
  if (items.length > MAX_RECORDS) throw malformed(what, "", `has more than ${MAX_RECORDS} items`);
  return [
    { kind: "ecosystem", ecosystem: NODE },
    ...items.flatMap(([number, value]) => readOrTell(broken, () => readItem(number, value, what))),
  ];
}

function readItem(number: string, value: unknown, what: string): readonly FeedItem[] {
  const place = quoted(number);
  if (!/^\d{1,9}$/.test(number)) throw malformed(what, place, "is not a number");
  const fields = mapOf(value, what, place);
  const cves = idsOf(fields.cve, what, `${place}.cve`, MAX_CVES);
  const ids = cves.length === 0 ? [`NODE-${number}`] : [...new Set(cves)];
  const rule: AdvisoryRule = {
    kind: "node",
    vulnerable: wordOf(fields.vulnerable, what, `${place}.vulnerable`, MAX_RANGE).trim(),
    // Absent where there was no fix yet.
    patched: optionalTextOf(fields.patched, what, `${place}.patched`).trim().slice(0, MAX_RANGE),
  };
  const text = (key: string) => optionalTextOf(fields[key], what, `${place}.${key}`);
  const said = {
    aliases: [],
    summary: firstLine(text("description")) || firstLine(text("overview")),
    severities: severitiesOf(fields),
    published: published(text("publish_date")),
    modified: undefined,
    withdrawn: undefined,
    link: linkOf(text("ref")),
  };
  return ids.map((id) => ({ kind: "entry", ecosystem: NODE, name: NODE, record: { id, ...said }, rule }));
}

/** What Node.js says itself, in a word, and the vector where there is one: without its usual beginning (`3.0/AV:N/...`). */
function severitiesOf({ severity, cvss }: Fields): readonly SeverityClaim[] {
  const claims: SeverityClaim[] = [];
  const [, vector] = typeof cvss === "string" ? (/^(?:CVSS:)?(3\.[01]\/[A-Z:/]{20,200})$/.exec(cvss) ?? []) : [];
  if (vector !== undefined) claims.push({ source: "Node.js", type: "CVSS_V3", value: `CVSS:${vector}` });
  if (typeof severity === "string" && /^(?:low|medium|high|critical)$/.test(severity)) {
    claims.push({ source: "Node.js", type: "label", value: severity });
  }
  return claims;
}

function published(text: string): string | undefined {
  const day = dayOf(text);
  return day === undefined ? dateTime(text) : `${day}T00:00:00Z`;
}

function linkOf(text: string): string | undefined {
  return /^https?:\/\/[^\s"'<>\\^`{|}\x00-\x20\x7f-\uffff]{1,2000}$/.test(text) ? text : undefined;
}
