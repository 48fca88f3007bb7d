import type { FeedItem } from "../feeds/item.ts";
import { dateTime, dayOf } from "./dates.ts";
import {
  type Broken,
  idOf,
  jsonOf,
  listOf,
  malformed,
  mapOf,
  optionalTextOf,
  readOrTell,
  throwBroken,
} from "./fields.ts";

const MAX_BYTES = 128 << 20;
const MAX_RECORDS = 1_000_000;

/**
 * Reads CISA's catalogue of vulnerabilities that are known to be exploited (JSON), and its date. FORMAT_INVALID with `what`
 * and the place; an item that cannot be read is told to `broken`.
 */
export function readKev(bytes: Uint8Array, what: string, broken: Broken = throwBroken): readonly FeedItem[] {
  const fields = mapOf(jsonOf(bytes, what, MAX_BYTES), what, "");
  if (!Array.isArray(fields.vulnerabilities)) throw malformed(what, "vulnerabilities", "is not a list");
  const date = dateTime(optionalTextOf(fields.dateReleased, what, "dateReleased"));
  const items = listOf(fields.vulnerabilities, what, "vulnerabilities", MAX_RECORDS);
  return [
    ...(date === undefined ? [] : [{ kind: "dated", date } as const]),
    ...items.flatMap((value, index) => readOrTell(broken, () => [readItem(value, what, `vulnerabilities[${index}]`)])),
  ];
}

function readItem(value: unknown, what: string, path: string): FeedItem {
  const fields = mapOf(value, what, path);
  const cve = idOf(fields.cveID, what, `${path}.cveID`);
  const added = dayOf(optionalTextOf(fields.dateAdded, what, `${path}.dateAdded`));
  if (added === undefined) throw malformed(what, `${path}.dateAdded`, "is not a day (2026-01-27)");
  const due = dayOf(optionalTextOf(fields.dueDate, what, `${path}.dueDate`));
  const ransomware = fields.knownRansomwareCampaignUse === "Known";
  return { kind: "exploited", cve, exploited: { added, due, ransomware } };
}
