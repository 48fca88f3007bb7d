import { type Digest, digestFromHex } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import { type Paragraph, parseControl } from "../package/control.ts";

/** A file that a release vouches for. */
export interface ReleaseFile {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** A suite as its Release file describes it (Debian wiki, RepositoryFormat). Times in milliseconds since the epoch. */
export interface Release {
  readonly suite: string;
  readonly codename: string;
  /** "13.7"; "" where there is none. */
  readonly version: string;
  readonly date: number;
  readonly validUntil: number | undefined;
  readonly acquireByHash: boolean;
  /** Its packages are taken only where they are asked for by version, or nothing else will do (backports). */
  readonly notAutomatic: boolean;
  readonly architectures: readonly string[];
  readonly components: readonly string[];
  /** By path below the suite's folder; SHA-256 only. */
  readonly files: ReadonlyMap<string, ReleaseFile>;
}

/**
 * Reads a Release file; of an InRelease, give only the text that its signature covers. FORMAT_INVALID, naming `name`,
 * for another form and for a missing Date or SHA256 list.
 */
export function parseRelease(text: string, name: string): Release {
  const [fields, ...more] = parseControl(text, name);
  if (fields === undefined || more.length > 0) throw malformed(name, "not one paragraph of fields");
  const validUntil = fields.get("Valid-Until");
  return {
    suite: fields.get("Suite") ?? "",
    codename: fields.get("Codename") ?? "",
    version: fields.get("Version") ?? "",
    date: parseDate(required(fields, "Date", name), "Date", name),
    validUntil: validUntil === undefined ? undefined : parseDate(validUntil, "Valid-Until", name),
    acquireByHash: fields.get("Acquire-By-Hash") === "yes",
    notAutomatic: fields.get("NotAutomatic") === "yes",
    architectures: words(fields.get("Architectures")),
    components: words(fields.get("Components")),
    files: parseFiles(required(fields, "SHA256", name), name),
  };
}

/** What an accepted release has to agree with. */
export interface ReleaseExpectation {
  /** As asked for: a codename or a suite name. */
  readonly suite: string;
  /** Where the release came from, for messages. */
  readonly url: string;
  readonly now: number;
  /** The Date of the release of this suite that was accepted last. */
  readonly lastDate: number | undefined;
}

/**
 * Refuses a well-signed release that is not the one asked for: another suite's (BAD_SIGNATURE: a mirror could pass off
 * an old release's as the new one's), one whose Valid-Until has passed (RELEASE_EXPIRED) and one that is older than
 * what was accepted before (RELEASE_ROLLED_BACK: a mirror that withholds updates).
 */
export function checkRelease(release: Release, expected: ReleaseExpectation): void {
  const { suite, url, now, lastDate } = expected;
  if (release.codename !== suite && release.suite !== suite) {
    throw new DistillError(
      "BAD_SIGNATURE",
      `${url} is signed, but for ${release.codename || "?"} (${release.suite || "?"}), not for ${suite}`,
      { hint: "the mirror hands out one suite in place of another: use another mirror" },
    );
  }
  if (release.validUntil !== undefined && release.validUntil < now) {
    throw new DistillError(
      "RELEASE_EXPIRED",
      `${url} was valid until ${shownDate(release.validUntil)}; it is now ${shownDate(now)}`,
      { hint: "the mirror is not being updated: use another one; or this machine's clock is wrong" },
    );
  }
  if (lastDate !== undefined && release.date < lastDate) {
    throw new DistillError(
      "RELEASE_ROLLED_BACK",
      `${url} is of ${shownDate(release.date)}, older than the one of ${shownDate(lastDate)} that was accepted before`,
      { hint: "the mirror is behind or withholds updates: use another mirror, or try again later" },
    );
  }
}

/** "2026-09-12 07:55:41 UTC". */
export function shownDate(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** RFC 5322's form, always in UTC: "Sat, 12 Sep 2026 07:55:41 UTC". */
const DATE = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:UTC|GMT|\+0000)$/;

function parseDate(text: string, field: string, name: string): number {
  const time = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw malformed(name, `${field} is not a date: ${JSON.stringify(text.slice(0, 80))}`);
  return time;
}

const FILE_LINE = /^([0-9a-f]{64}) +(\d{1,15}) ([^\s/][^\s]*)$/;

function parseFiles(list: string, name: string): Map<string, ReleaseFile> {
  const files = new Map<string, ReleaseFile>();
  for (const line of list.split("\n")) {
    if (line === "") continue;
    const [, hex, size, path] = FILE_LINE.exec(line.trim()) ?? [];
    if (hex === undefined || size === undefined || path === undefined) {
      throw malformed(name, `not a line of the SHA256 list: ${JSON.stringify(line.slice(0, 80))}`);
    }
    files.set(path, { digest: digestFromHex(hex), size: Number(size) });
  }
  return files;
}

function required(fields: Paragraph, field: string, name: string): string {
  const value = fields.get(field);
  if (value === undefined) throw malformed(name, `it has no ${field}`);
  return value;
}

function words(value: string | undefined): readonly string[] {
  return (value ?? "").split(/\s+/).filter((word) => word !== "");
}

function malformed(name: string, problem: string): DistillError {
  return new DistillError("FORMAT_INVALID", `${name}: ${problem}`);
}
