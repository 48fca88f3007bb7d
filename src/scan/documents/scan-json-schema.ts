import { z } from "zod";
import { FEEDS } from "../../advisories/feed.ts";
import { SEVERITIES } from "../../advisories/severity/severity.ts";

const TEXT = z.string();
const MAYBE = z.string().nullable();
const NUMBER = z.int().nonnegative();
const LEVEL = z.enum(["full", "fixes-only", "none"]).describe("How much an answer is worth.");
const FEED = z.enum(FEEDS);

const TOTALS = z.strictObject({
  packages: NUMBER,
  findings: NUMBER,
  fixable: NUMBER.describe("Findings that have a fixed version."),
  bySeverity: z.strictObject(Object.fromEntries(SEVERITIES.map((each) => [each, NUMBER])) as SeverityShape),
});

type SeverityShape = Record<(typeof SEVERITIES)[number], typeof NUMBER>;

const LAYER = z.strictObject({
  number: NUMBER.nullable().describe("From 1, lowest first."),
  diffID: MAYBE,
  instruction: TEXT.describe("What made the layer; empty where nothing is known."),
  stage: MAYBE,
  line: NUMBER.nullable().describe("From 1, in the build file."),
});

const PACKAGE = z.strictObject({
  purl: TEXT,
  type: z.enum(["deb", "apk", "rpm", "pypi", "npm", "golang", "cargo", "maven", "gem", "generic"]),
  name: TEXT,
  version: TEXT,
  source: z
    .strictObject({ name: TEXT, version: TEXT })
    .nullable()
    .describe("What is compared for packages of a system."),
  locations: z.array(z.strictObject({ path: TEXT, inside: MAYBE, layer: LAYER.nullable() })),
  carriedFrom: MAYBE,
  level: LEVEL,
  feeds: z.array(FEED),
  reason: MAYBE.describe("Why the level is not full."),
  support: z.strictObject({ kind: z.enum(["ended", "limited"]), since: MAYBE, text: TEXT }).nullable(),
  newer: MAYBE.describe("A newer version that Debian's archive has, whatever it fixes."),
  parts: z.array(TEXT).describe("Package URLs of what lies in its files and is assessed with it."),
});

const STATEMENT = z.strictObject({
  status: z.enum(["not_affected", "affected", "fixed", "under_investigation"]),
  justification: MAYBE,
  text: TEXT,
  where: TEXT,
});

const FINDING = z.strictObject({
  id: TEXT.describe("The CVE where there is one."),
  aliases: z.array(TEXT),
  package: NUMBER.describe("Index in packages."),
  purl: TEXT,
  level: LEVEL,
  severity: z.enum(SEVERITIES),
  rating: z.strictObject({ source: MAYBE, vector: MAYBE, score: z.number().nullable() }),
  summary: TEXT,
  link: MAYBE,
  fixed: MAYBE.describe("First version without the flaw; that of the source package for packages of a system."),
  state: z.enum(["fixed", "not-fixed", "wont-fix", "deferred", "end-of-life"]),
  unimportant: z.boolean().describe("Debian sees no consequence in it."),
  exploited: z
    .strictObject({ added: TEXT, due: MAYBE, ransomware: z.boolean() })
    .nullable()
    .describe("Its entry in CISA's list of vulnerabilities known to be exploited."),
  likelihood: z
    .strictObject({ score: z.number(), percentile: z.number() })
    .nullable()
    .describe("FIRST's EPSS: how likely it is exploited within 30 days, from 0 to 1."),
  reasoning: z.array(
    z.strictObject({
      feed: FEED,
      record: TEXT,
      affected: z.enum(["yes", "no", "unknown"]),
      because: TEXT,
      link: MAYBE,
    }),
  ),
  statement: STATEMENT.nullable().describe("What a VEX document says of it."),
});

/** What `distill scan --format json` prints. Fields may be added under a version; one that changes its meaning raises it. */
export const scanDocumentSchema = z.strictObject({
  version: z.literal(1),
  headline: TEXT,
  subject: z.strictObject({ name: TEXT, imageID: MAYBE, manifestDigest: MAYBE, platform: MAYBE, system: MAYBE }),
  status: z.enum(["assessed", "unassessed"]),
  level: LEVEL.describe("The weakest level among packages that could be looked at."),
  totals: z
    .strictObject({ full: TOTALS, fixesOnly: TOTALS, none: z.strictObject({ packages: NUMBER }) })
    .describe("What is counted of each level; levels are never added."),
  gate: z.strictObject({ passed: z.boolean(), reasons: z.array(TEXT), notes: z.array(TEXT) }),
  packages: z.array(PACKAGE),
  findings: z.array(FINDING),
  hidden: NUMBER.describe("Findings that are counted and not listed, for --severity and --only-fixed."),
  undecided: z.array(FINDING).describe("What the data leaves open: counted nowhere, and not safe."),
  suppressed: z.array(
    z.strictObject({
      by: z.enum(["ignore-file", "vex"]),
      where: TEXT,
      reason: TEXT,
      until: MAYBE,
      statement: STATEMENT.nullable(),
      finding: FINDING,
    }),
  ),
  feeds: z.array(
    z.strictObject({
      feed: FEED,
      place: TEXT,
      checkedAt: MAYBE.describe("When it was last seen to be up to date."),
      dated: MAYBE.describe("The date that it carries itself."),
      records: NUMBER,
      digest: TEXT,
      failure: MAYBE,
      stale: z.boolean(),
    }),
  ),
  warnings: z.array(TEXT),
});

export type ScanDocument = z.infer<typeof scanDocumentSchema>;

/** The JSON Schema (2020-12) of the JSON of a scan. */
export function scanJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(scanDocumentSchema, { io: "output" });
  return {
    $schema,
    title: "distill scan --format json",
    description: "What a scan found, and how much that is worth. docs/scan.md describes it.",
    ...schema,
  };
}
