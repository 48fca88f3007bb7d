/** A release of Debian that distill knows, by codename. */
export type DebianRelease = "trixie" | "bookworm" | "bullseye";

/** How long a release is supported (wiki.debian.org/DebianReleases, wiki.debian.org/LTS). */
export interface ReleaseFacts {
  readonly codename: DebianRelease;
  /** "13" */
  readonly version: string;
  /** Last day, as YYYY-MM-DD, of security updates for all of the release by Debian's security team. */
  readonly securityUntil: string;
  /** Last day of security updates for a part of it by Debian LTS. */
  readonly ltsUntil: string;
}

/** Newest first. */
export const DEBIAN_RELEASES: readonly ReleaseFacts[] = [
  { codename: "trixie", version: "13", securityUntil: "2028-08-09", ltsUntil: "2030-06-30" },
  { codename: "bookworm", version: "12", securityUntil: "2026-06-10", ltsUntil: "2028-06-30" },
  { codename: "bullseye", version: "11", securityUntil: "2024-08-14", ltsUntil: "2026-08-31" },
];

/** The release of that codename, or undefined. */
export function findRelease(codename: string): ReleaseFacts | undefined {
  return DEBIAN_RELEASES.find((release) => release.codename === codename);
}

/** What is to be said of a release's support on a day (milliseconds since the epoch); undefined while all is well. */
export function supportNote(codename: DebianRelease, now: number): string | undefined {
  const release = findRelease(codename);
  if (release === undefined) return undefined;
  const { version, securityUntil, ltsUntil } = release;
  const name = `Debian ${version} (${codename})`;
  const today = new Date(now).toISOString().slice(0, 10);
  if (today > ltsUntil)
    return `${name} is past its end of life since ${ltsUntil}: it gets no security updates any more`;
  if (today <= securityUntil) return undefined;
  return `${name} gets security updates from Debian LTS only, for a part of its packages, until ${ltsUntil}`;
}
