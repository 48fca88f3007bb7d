import type { OsvRule } from "../advisory.ts";
import type { OsvEvent, OsvRange } from "../osv/affects.ts";
import { type Fields, listOf, MAX_VERSION, malformed, mapOf, wordOf } from "./fields.ts";
import { readSeverities } from "./osv-severity.ts";

const MAX_VERSIONS = 200_000;
const MAX_RANGES = 10_000;
const MAX_EVENTS = 20_000;

/** What a record says of one package. */
export interface Block {
  readonly ecosystem: string;
  readonly name: string;
  readonly rule: OsvRule;
}

/** The rule of an `affected` block; `database` is who speaks. */
export function readRule(block: Fields, database: string, what: string, path: string): OsvRule {
  const listed = listOf(block.versions, what, `${path}.versions`, MAX_VERSIONS);
  const versions = listed.map((each, index) => versionOf(each, what, path, "versions", index));
  const ranges = listOf(block.ranges, what, `${path}.ranges`, MAX_RANGES).flatMap((each, index) =>
    rangeOf(each, what, `${path}.ranges[${index}]`),
  );
  const severities = readSeverities(block, database, what, path);
  return {
    kind: "osv",
    ...(versions.length > 0 ? { versions } : {}),
    ...(ranges.length > 0 ? { ranges } : {}),
    ...(severities.length > 0 ? { severities } : {}),
  };
}

function versionOf(value: unknown, what: string, path: string, key: string, index: number): string {
  // A record has thousands: the place is only put together where it is told.
  return typeof value === "string" && PLAIN.test(value)
    ? value
    : wordOf(value, what, `${path}.${key}[${index}]`, MAX_VERSION);
}

const PLAIN = /^[!-~]{1,1000}$/;

function rangeOf(value: unknown, what: string, path: string): readonly OsvRange[] {
  const range = mapOf(value, what, path);
  if (range.type === "GIT") return [];
  if (range.type !== "SEMVER" && range.type !== "ECOSYSTEM") {
    throw malformed(what, `${path}.type`, "is none of SEMVER, ECOSYSTEM and GIT");
  }
  const events = listOf(range.events, what, `${path}.events`, MAX_EVENTS).map((each, index) =>
    eventOf(each, what, `${path}.events[${index}]`),
  );
  return [{ type: range.type, events }];
}

const KINDS = ["introduced", "fixed", "last_affected", "limit"] as const;

function eventOf(value: unknown, what: string, path: string): OsvEvent {
  const fields = mapOf(value, what, path);
  const event: Partial<Record<(typeof KINDS)[number], string>> = {};
  for (const kind of KINDS) {
    const version = fields[kind];
    if (version !== undefined && version !== null) event[kind] = wordOf(version, what, `${path}.${kind}`, MAX_VERSION);
  }
  return event;
}

/**
 * One block where several are about the same package, if that says the same. It does not where one lists versions and
 * another has only ranges: of a version without a place in the order the first says no, and the second nothing. Nor where one says
 * nothing at all, or where they are not equally bad.
 */
export function joinBlocks(blocks: readonly Block[]): readonly Block[] {
  if (blocks.length < 2) return blocks;
  const alike = Map.groupBy(blocks, ({ ecosystem, name, rule }) => {
    const [listsVersions, saysNothing] = [
      rule.versions !== undefined,
      rule.versions === undefined && rule.ranges === undefined,
    ];
    return JSON.stringify([ecosystem, name, listsVersions, saysNothing, rule.severities]);
  });
  return [...alike.values()].map(joinAlike);
}

function joinAlike(blocks: readonly Block[]): Block {
  const [first] = blocks as [Block, ...Block[]];
  if (blocks.length === 1) return first;
  const versions = new Set(blocks.flatMap(({ rule }) => rule.versions ?? []));
  const ranges = blocks.flatMap(({ rule }) => rule.ranges ?? []);
  return {
    ...first,
    rule: {
      ...first.rule,
      ...(versions.size > 0 ? { versions: [...versions] } : {}),
      ...(ranges.length > 0 ? { ranges } : {}),
    },
  };
}
