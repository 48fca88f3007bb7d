import type { AdvisorySource } from "../advisories/advisory.ts";
import { FEED_NAMES } from "../advisories/feed-names.ts";
import { feedsFor } from "../advisories/match/feeds-of.ts";
import type { MatchedPackage } from "../advisories/match/verdict.ts";
import { debianArchitecture } from "../compose/request.ts";
import { parsePlatform } from "../image/platform.ts";
import type { Sbom } from "../inventory/documents/sbom.ts";
import type { InventorySummary } from "../inventory/inventory.ts";
import { distillHome } from "../lib/home.ts";
import type { Progress } from "../lib/progress.ts";
import type { ExplainedFinding } from "../scan/explained.ts";
import {
  installedSource,
  type MatchedOutcome,
  matchPackage,
  type PackageToScan,
  type ScanKnowledge,
} from "../scan/match-packages.ts";
import type { ScanReport, ScanSubject } from "../scan/report.ts";
import { explainFlaw, scanReport } from "../scan/scan.ts";
import { packagesOfImage, packagesOfSbom } from "../scan/to-scan.ts";
import { openSource } from "./advisories.ts";
import type { DebianFixes } from "./debian-fixes.ts";
import type { FeedProblem } from "./fresh-advisories.ts";
import { type LookedInto, withInventory } from "./look-into.ts";

/** How advisory data is had. */
export interface AdvisoryOptions {
  /** Nothing is asked of the network. */
  readonly offline: boolean;
  /** Data is asked for again however new it is. */
  readonly refresh: boolean;
  /** Age in milliseconds above which data is stale. */
  readonly maxAge: number;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

export interface ScanOptions extends AdvisoryOptions {
  readonly platform: string | undefined;
  readonly tlsVerify: boolean | undefined;
}

/** A scan with the inventory that it is of, as a CycloneDX document; undefined for `sbom:FILE`. */
export interface DocumentedScan {
  readonly report: ScanReport;
  readonly document: string | undefined;
}

/**
 * Looks for known vulnerabilities in an image by any name (openContent), or in what a document says (`sbom:FILE`). Data that is
 * missing or stale is fetched first; where it cannot be had, what is here counts, and the report says of when it is. Errors as
 * withInventory and readSbomFile.
 */
export async function scanImage(name: string, options: ScanOptions): Promise<ScanReport> {
  return await withScan(name, options, async ({ report }) => report);
}

/** As scanImage, with the inventory as a document that version `version` of distill wrote. */
export async function scanImageDocument(name: string, version: string, options: ScanOptions): Promise<DocumentedScan> {
  return await withScan(name, options, async ({ report }, image) => {
    if (image === undefined) return { report, document: undefined };
    const { inventoryDocument } = await import("../inventory/documents/write-document.ts");
    const subject = { ...image, platform: parsePlatform(image.platform) };
    return {
      report,
      document: await inventoryDocument("cyclonedx", { inventory: image.summary, image: subject, version }),
    };
  });
}

/** As scanImage, with what all records called `id` say of the packages that they are about. */
export async function explainFinding(name: string, id: string, options: ScanOptions): Promise<ExplainedFinding> {
  return await withScan(name, options, async ({ report, outcomes, knowledge }) => ({
    report,
    explained: explainFlaw(id, outcomes, knowledge),
  }));
}

/** As scanImage, of an image that was looked into. */
export async function scanInventory(
  summary: InventorySummary,
  subject: Omit<ScanSubject, "system">,
  options: AdvisoryOptions,
): Promise<ScanReport> {
  const named = { ...subject, system: summary.system?.name };
  const work = { packages: packagesOfImage(summary), subject: named, warnings: summary.warnings };
  return await matched(work, options, async ({ report }) => report);
}

/** A scan while the data that it rests on can be read. */
interface OpenScan {
  readonly report: ScanReport;
  readonly outcomes: readonly MatchedOutcome[];
  readonly knowledge: ScanKnowledge;
}

interface ScanWork {
  readonly packages: readonly PackageToScan[];
  readonly subject: ScanSubject;
  readonly warnings: readonly string[];
  /** See ScanReport. */
  readonly leftOut?: number;
}

async function withScan<T>(
  name: string,
  options: ScanOptions,
  use: (scan: OpenScan, image: LookedInto | undefined) => Promise<T>,
): Promise<T> {
  const file = /^sbom:(.+)$/s.exec(name)?.[1];
  if (file !== undefined) {
    const { readSbomFile } = await import("../inventory/documents/read-sbom.ts");
    return await matched(workOfSbom(name, await readSbomFile(file)), options, (scan) => use(scan, undefined));
  }
  return await withInventory(name, options, async (image) => {
    const { imageID, manifestDigest, platform, summary } = image;
    const subject = { name, imageID, manifestDigest, platform, system: summary.system?.name };
    const work = { packages: packagesOfImage(summary), subject, warnings: summary.warnings };
    return await matched(work, options, (scan) => use(scan, image));
  });
}

function workOfSbom(name: string, document: Sbom): ScanWork {
  const { subject, system, warnings, leftOut } = document;
  const { imageID, manifestDigest } = subject;
  return {
    packages: packagesOfSbom(document),
    subject: { name, imageID, manifestDigest, platform: undefined, system: system?.name },
    ...{ warnings, leftOut },
  };
}

async function matched<T>(
  { packages, subject, warnings, leftOut }: ScanWork,
  options: AdvisoryOptions,
  use: (scan: OpenScan) => Promise<T>,
): Promise<T> {
  const { maxAge, progress } = options;
  const { freshenFeeds } = await import("./fresh-advisories.ts");
  const problems = await freshenFeeds(feedsFor(packages), withoutAge(options));
  // Why data is not here is of this run; the report says what it comes to, and is the same offline.
  if (!options.offline) for (const text of missingData(problems)) progress.warn(text);
  using advisories = openSource({ warn: (text) => progress.warn(text) });
  const archive = await askArchive(packages, subject, advisories, options);
  const knowledge: ScanKnowledge = { advisories, archive: archive.answers };
  const outcomes = packages.map((each) => matchPackage(each, knowledge));
  const report = scanReport({
    ...{ subject, outcomes, knowledge, maxAge, warnings },
    ...(leftOut === undefined ? {} : { leftOut }),
    further: archive.state === undefined ? [] : [archive.state],
    now: Date.now(),
  });
  return await use({ report, outcomes, knowledge });
}

/** What there is no data of at all, by why; lists of what is exploited find nothing by themselves. */
function missingData(problems: readonly FeedProblem[]): readonly string[] {
  const missing = problems.filter(({ feed, missing }) => missing && feed !== "kev" && feed !== "epss");
  return [...Map.groupBy(missing, ({ failure }) => failure)].map(
    ([failure, of]) => `there is no data of ${of.map(({ feed }) => FEED_NAMES[feed]).join(", ")}: ${failure}`,
  );
}

/** Debian's archive is asked about packages of releases that the tracker says nothing of. */
async function askArchive(
  packages: readonly PackageToScan[],
  subject: ScanSubject,
  advisories: AdvisorySource,
  options: AdvisoryOptions,
): Promise<DebianFixes> {
  const known = advisories.ecosystems("debian-tracker");
  const asked = packages.filter((each) => isUnknownRelease(each, known));
  if (asked.length === 0) return { state: undefined, answers: new Map() };
  const { debianFixes } = await import("./debian-fixes.ts");
  const sources = asked.flatMap((each) => installedSource(each) ?? []);
  const [architecture, cacheDirectory] = [architectureOf(subject, asked), distillHome().cache];
  return debianFixes(sources, { ...withoutAge(options), architecture, cacheDirectory });
}

/** What is stale is another question than what is asked for again. */
function withoutAge({ offline, refresh, progress, signal }: AdvisoryOptions): Omit<AdvisoryOptions, "maxAge"> {
  return { offline, refresh, progress, signal };
}

/** Of Debian's, and of a release that the tracker says nothing of: the archive is asked then. */
function isUnknownRelease(of: MatchedPackage, known: ReadonlySet<string>): boolean {
  const installed = installedSource(of);
  return installed !== undefined && !known.has(`debian:${installed.release}`);
}

/** Debian's name for the architecture of an image; a document need not say. */
function architectureOf({ platform }: ScanSubject, packages: readonly MatchedPackage[]): string {
  if (platform !== undefined) return debianArchitecture(parsePlatform(platform)).name;
  const own = packages.find(({ facts }) => facts.architecture !== "" && facts.architecture !== "all");
  return own?.facts.architecture ?? "amd64";
}
