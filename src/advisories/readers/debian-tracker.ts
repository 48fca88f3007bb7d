import type { AdvisoryRecord, DebianRule, SeverityClaim } from "../advisory.ts";
import type { FeedItem } from "../feeds/item.ts";
import {
  type Broken,
  type Fields,
  idOf,
  jsonOf,
  MAX_ID,
  MAX_NAME,
  MAX_VERSION,
  malformed,
  mapOf,
  optionalTextOf,
  optionalWordOf,
  quoted,
  readOrTell,
  throwBroken,
  wordOf,
} from "./fields.ts";
import { type Cut, JsonCutter } from "./json-cutter.ts";
import { oneLine } from "./one-line.ts";

const WHAT = "Debian's security tracker";
const MAX_RECORD_BYTES = 16 << 20;
/** Of one CVE, and of all. */
const MAX_RELEASES = 100;

/**
 * Reads the JSON of Debian's security tracker (source package -> CVE -> release -> state), which is one line of 60 MB and more,
 * as it comes: an entry for each state, and one "ecosystem" for each release. Yields what was read of each chunk, and keeps
 * one CVE of one package in memory. FORMAT_INVALID for what is no such JSON, or is cut off; what is wrong inside of
 * one CVE is told to `broken`.
 */
export async function* readTracker(
  bytes: AsyncIterable<Uint8Array>,
  broken: Broken = throwBroken,
): AsyncGenerator<readonly FeedItem[]> {
  const cutter = new JsonCutter(WHAT);
  const releases = new Set<string>();
  for await (const chunk of bytes) {
    const items = cutter.push(chunk).flatMap((cut) => readOrTell(broken, () => readCut(cut, releases)));
    if (items.length > 0) yield items;
  }
  cutter.end();
}

function readCut({ keys, value }: Cut, releases: Set<string>): readonly FeedItem[] {
  const [source, id] = keys;
  if (id === undefined) throw malformed(WHAT, quoted(source ?? ""), "is not a map");
  const what = `${WHAT}: ${quoted(source ?? "")}: ${quoted(id)}`;
  const name = wordOf(source, what, "the name of the package", MAX_NAME);
  const fields = mapOf(jsonOf(value, what, MAX_RECORD_BYTES), what, "");
  const states = Object.entries(isEmptyList(fields.releases) ? {} : mapOf(fields.releases, what, "releases"));
  if (states.length > MAX_RELEASES) throw malformed(what, "releases", `has more than ${MAX_RELEASES} items`);
  const rules = states.map(([release, state]) => [release, ruleOf(release, state, what)] as const);
  const record = recordOf(idOf(id, what, "its name"), fields, rules, what);
  const found = rules.filter(([release]) => !releases.has(release)).map(([release]) => release);
  if (releases.size + found.length > MAX_RELEASES) throw malformed(what, "releases", "are too many");
  for (const release of found) releases.add(release);
  return [
    ...found.map((release): FeedItem => ({ kind: "ecosystem", ecosystem: ecosystemOf(release) })),
    ...rules.map(
      ([release, rule]): FeedItem => ({ kind: "entry", ecosystem: ecosystemOf(release), name, record, rule }),
    ),
  ];
}

/** Without any release, the tracker writes a list where otherwise a map is. */
function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function ecosystemOf(release: string): string {
  return `debian:${release}`;
}

function recordOf(
  id: string,
  fields: Fields,
  rules: readonly (readonly [release: string, rule: DebianRule])[],
  what: string,
): AdvisoryRecord {
  const labels = new Set(rules.flatMap(([, { urgency }]) => labelOf(urgency)));
  return {
    id,
    aliases: [],
    summary: oneLine(optionalTextOf(fields.description, what, "description")),
    severities: [...labels].map((value): SeverityClaim => ({ source: "Debian", type: "label", value })),
    published: undefined,
    modified: undefined,
    withdrawn: undefined,
    link: `https://security-tracker.debian.org/tracker/${encodeURIComponent(id)}`,
  };
}

/** Those of the urgencies that are about how bad it is; stars stand behind what came from NVD. */
function labelOf(urgency: string): readonly string[] {
  const [, label] = /^(low|medium|high)\**$/.exec(urgency) ?? [];
  return label === undefined ? [] : [label];
}

function ruleOf(release: string, value: unknown, what: string): DebianRule {
  if (!/^[a-z][a-z0-9-]{0,50}$/.test(release)) throw malformed(what, quoted(release), "is no name of a release");
  const path = `releases.${release}`;
  const state = mapOf(value, what, path);
  const { status } = state;
  if (status !== "open" && status !== "resolved" && status !== "undetermined") {
    throw malformed(what, `${path}.status`, "is none of open, resolved and undetermined");
  }
  const nodsa = oneLine(optionalTextOf(state.nodsa, what, `${path}.nodsa`));
  const reason = optionalWordOf(state.nodsa_reason, what, `${path}.nodsa_reason`, MAX_ID);
  return {
    kind: "debian",
    status,
    fixed: optionalWordOf(state.fixed_version, what, `${path}.fixed_version`, MAX_VERSION),
    urgency: optionalWordOf(state.urgency, what, `${path}.urgency`, MAX_ID) ?? "",
    ...(nodsa === "" ? {} : { nodsa }),
    ...(reason === undefined ? {} : { nodsaReason: reason }),
  };
}
