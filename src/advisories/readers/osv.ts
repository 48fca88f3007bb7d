import type { AdvisoryRecord } from "../advisory.ts";
import type { FeedItem } from "../feeds/item.ts";
import { storedName } from "../stored-name.ts";
import { dateTime } from "./dates.ts";
import {
  type Fields,
  idOf,
  idsOf,
  jsonOf,
  listOf,
  MAX_ID,
  MAX_NAME,
  malformed,
  mapOf,
  optionalTextOf,
  wordOf,
} from "./fields.ts";
import { firstLine, oneLine } from "./one-line.ts";
import { joinBlocks, readRule } from "./osv-affected.ts";
import { databaseOf, readSeverities } from "./osv-severity.ts";

const MAX_RECORD_BYTES = 64 << 20;
const MAX_BLOCKS = 100_000;
const MAX_ALIASES = 10_000;

/** Databases of distributions: what they name as `upstream` is the flaw itself, for which they have a name of their own. */
const OF_DISTRIBUTION = /^(?:ALPINE|DEBIAN|DLA|DSA|LSN|UBUNTU|USN)-/;

/** These are made from a CVE, of which they bear the name, also where `upstream` is missing. */
const NAMED_BY_CVE = /^(?:ALPINE|DEBIAN|UBUNTU)-(CVE-\d{4}-\d{4,})$/;

/**
 * Reads one record in the format of OSV (schema 1.0 to 1.7; what is unknown is passed over): an entry for each package that
 * it says something about, of whatever ecosystem. Blocks about one package become one entry where that means the same.
 * Ranges of commits are left out; a package with nothing else has an empty rule, of which nothing can be concluded.
 * FORMAT_INVALID with `what` and the place, LIMIT_EXCEEDED for a record that is too large.
 */
export function readOsvRecord(bytes: Uint8Array, what: string): readonly FeedItem[] {
  const fields = mapOf(jsonOf(bytes, what, MAX_RECORD_BYTES), what, "");
  const record = recordOf(fields, what);
  const blocks = listOf(fields.affected, what, "affected", MAX_BLOCKS).flatMap((value, index) => {
    const path = `affected[${index}]`;
    const block = mapOf(value, what, path);
    // Only commits, of no package.
    if (block.package === undefined || block.package === null) return [];
    const named = mapOf(block.package, what, `${path}.package`);
    const ecosystem = wordOf(named.ecosystem, what, `${path}.package.ecosystem`, MAX_ID);
    const name = storedName(ecosystem, wordOf(named.name, what, `${path}.package.name`, MAX_NAME));
    return [{ ecosystem, name, rule: readRule(block, databaseOf(record.id), what, path) }];
  });
  return joinBlocks(blocks).map(({ ecosystem, name, rule }) => ({ kind: "entry", ecosystem, name, record, rule }));
}

function recordOf(fields: Fields, what: string): AdvisoryRecord {
  const id = idOf(fields.id, what, "id");
  const summary = oneLine(optionalTextOf(fields.summary, what, "summary"));
  return {
    id,
    aliases: aliasesOf(id, fields, what),
    summary: summary === "" ? firstLine(optionalTextOf(fields.details, what, "details")) : summary,
    severities: readSeverities(fields, databaseOf(id), what, ""),
    published: dateTime(optionalTextOf(fields.published, what, "published")),
    modified: dateTime(optionalTextOf(fields.modified, what, "modified")),
    withdrawn: withdrawnOf(fields, what),
    link: `https://osv.dev/vulnerability/${encodeURIComponent(id)}`,
  };
}

function aliasesOf(id: string, fields: Fields, what: string): readonly string[] {
  const aliases = new Set(idsOf(fields.aliases, what, "aliases", MAX_ALIASES));
  if (OF_DISTRIBUTION.test(id)) {
    // Ubuntu's notices name its own records (UBUNTU-CVE-2024-1).
    for (const each of [...idsOf(fields.upstream, what, "upstream", MAX_ALIASES), id])
      aliases.add(each.replace(NAMED_BY_CVE, "$1"));
  }
  aliases.delete(id);
  return [...aliases];
}

/** Whether a record holds hangs on it: one that cannot be read is not taken as absent. */
function withdrawnOf(fields: Fields, what: string): string | undefined {
  const text = optionalTextOf(fields.withdrawn, what, "withdrawn");
  if (text === "") return undefined;
  const withdrawn = dateTime(text);
  if (withdrawn === undefined) throw malformed(what, "withdrawn", "is not a time (RFC 3339)");
  return withdrawn;
}
