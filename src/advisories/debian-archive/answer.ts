import type { Level } from "../feed.ts";

/** A source package as it is installed in a system; binary packages of one source ask the same. */
export interface InstalledSource {
  /** Codename of the system's release: "trixie". */
  readonly release: string;
  readonly name: string;
  readonly version: string;
}

/** What Debian's archive says of an installed source package. */
export interface ArchiveAnswer {
  readonly level: Exclude<Level, "full">;
  /** The newest version of the source in the release, its -updates and its -security; undefined where none is newer. */
  readonly newer: string | undefined;
  /** The suite that has it. */
  readonly suite: string | undefined;
  /** Whether it, or a version in between, went to a security suite. */
  readonly security: boolean;
  /** What the changelog names after the installed version and up to `newer`; undefined where there is no changelog to be had. */
  readonly fixes: readonly ArchiveFix[] | undefined;
  /** Why nothing is known, or not all of `fixes`. Without a full stop. */
  readonly unknown: string | undefined;
}

/** A CVE that a changelog names. */
export interface ArchiveFix {
  readonly cve: string;
  /** The latest version whose entry names it: none before that one is sure to be without the flaw. */
  readonly version: string;
}

/** What an answer is found under. */
export function answerKey({ release, name, version }: InstalledSource): string {
  return `${release}/${name}/${version}`;
}

/** An answer of nobody. */
export function noAnswer(reason: string): ArchiveAnswer {
  return { level: "none", newer: undefined, suite: undefined, security: false, fixes: undefined, unknown: reason };
}
