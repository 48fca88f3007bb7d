import { DistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import type { ExplainedFinding } from "../scan/explained.ts";
import type { ScanReport } from "../scan/report.ts";

export interface ScanOptions {
  readonly platform: string | undefined;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly tlsVerify: boolean | undefined;
  /** Age in milliseconds above which data is stale. */
  readonly maxAge: number;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** A scan with the inventory that it is of, as a CycloneDX document; undefined for `sbom:FILE`. */
export interface DocumentedScan {
  readonly report: ScanReport;
  readonly document: string | undefined;
}

/** Scans an image by any name, or `sbom:FILE`. */
export async function scanImage(name: string, _options: ScanOptions): Promise<ScanReport> {
  throw unsupported(name);
}

/** As scanImage, with the inventory as a document. */
export async function scanImageDocument(name: string, _options: ScanOptions): Promise<DocumentedScan> {
  throw unsupported(name);
}

/** As scanImage, with what all records called `id` say of the packages that they are about. */
export async function explainFinding(name: string, _id: string, _options: ScanOptions): Promise<ExplainedFinding> {
  throw unsupported(name);
}

function unsupported(name: string): DistillError {
  return new DistillError("UNSUPPORTED", `${name} cannot be scanned by this build of distill`);
}
