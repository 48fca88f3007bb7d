import { SEVERITIES } from "../../src/advisories/severity/severity.ts";
import { type Comparison, compareImages } from "../../src/compare/compare.ts";
import { checkConditions, type Outcome } from "../../src/compare/conditions/check-conditions.ts";
import { parseConditions } from "../../src/compare/conditions/parse-conditions.ts";
import type { ImageFacts } from "../../src/compare/image-facts.ts";
import type {
  AssessedVulnerabilities,
  ComparedFinding,
  FeedDate,
  FindingCounts,
  WeakPackage,
} from "../../src/compare/vulnerabilities.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { type RootEntries, treeOf } from "./root-trees.ts";

const NONE = { files: 0, bytes: 0 };

/** Facts of an image of two layers that holds nothing, with `parts` in place of that. */
export function imageFacts(parts: Partial<ImageFacts> = {}): ImageFacts {
  const diffID = digestOf("layer");
  const layer = { diffID, compressed: 400_000, uncompressed: 1_000_000, step: "COPY . /app" };
  return {
    name: "image",
    imageID: digestOf(JSON.stringify(parts)),
    platform: "linux/amd64",
    sizes: { compressed: 800_000, uncompressed: 2_000_000 },
    compressedHere: false,
    layers: [layer, { ...layer, step: null }],
    packages: [],
    coverage: { package: NONE, app: NONE, step: NONE, base: NONE, nobody: NONE },
    deadBytes: 0,
    files: { count: 0, bytes: 0 },
    surface: {
      ...{ shells: [], interpreters: [], packageManagers: [], compilers: [], networkTools: [] },
      ...{ setuid: [], setgid: [], capabilities: [], worldWritable: [], loginUsers: [], ports: [] },
      user: { configured: "", uid: 0, name: "root" },
    },
    vulnerabilities: { status: "unassessed", reason: "no advisory data" },
    warnings: [],
    ...parts,
  };
}

/** A comparison of two images with these facts and files. */
export function comparisonOf(
  a: Partial<ImageFacts>,
  b: Partial<ImageFacts>,
  files: { readonly a?: RootEntries; readonly b?: RootEntries } = {},
): Promise<Comparison> {
  return compareImages(
    { facts: imageFacts({ name: "a", ...a }), tree: treeOf(files.a ?? {}) },
    { facts: imageFacts({ name: "b", ...b }), tree: treeOf(files.b ?? {}) },
  );
}

/** A flaw of a Debian package that was looked at in full, with `parts` in place of that. */
export function comparedFinding(id: string, name: string, parts: Partial<ComparedFinding> = {}): ComparedFinding {
  return {
    ...{ id, package: name, kind: "deb", purl: `pkg:deb/debian/${name}@1`, severity: "unknown", fixed: null },
    ...{ exploited: false, level: "full" },
    ...parts,
  };
}

/** What a scan says that found this in so many packages; the weakest level is that of the packages. */
export function assessed(parts: {
  readonly findings?: readonly ComparedFinding[];
  readonly packages?: Partial<AssessedVulnerabilities["packages"]>;
  readonly weak?: readonly WeakPackage[];
  readonly feeds?: readonly FeedDate[];
  readonly undecided?: number;
}): AssessedVulnerabilities {
  const { findings = [], weak = [], feeds = [], undecided = 0 } = parts;
  const packages = { full: 0, fixesOnly: 0, none: 0, ...parts.packages };
  return {
    status: "assessed",
    level: packages.fixesOnly > 0 ? "fixes-only" : "full",
    packages,
    full: countsOf(findings.filter(({ level }) => level === "full")),
    fixesOnly: countsOf(findings.filter(({ level }) => level === "fixes-only")),
    ...{ findings, weak, undecided, suppressed: 0, feeds },
  };
}

function countsOf(findings: readonly ComparedFinding[]): FindingCounts {
  const bySeverity = SEVERITIES.map(
    (severity) => [severity, findings.filter((each) => each.severity === severity).length] as const,
  );
  return {
    findings: findings.length,
    fixable: findings.filter(({ fixed }) => fixed !== null).length,
    exploited: findings.filter(({ exploited }) => exploited).length,
    bySeverity: Object.fromEntries(bySeverity) as FindingCounts["bySeverity"],
  };
}

/** What becomes of conditions, as `--fail-if` has them. */
export function outcomesOf(conditions: string, comparison: Comparison): readonly Outcome[] {
  return checkConditions(parseConditions(conditions, "conditions"), comparison);
}
