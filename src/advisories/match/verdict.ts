import type { PackageFacts } from "../../inventory/package.ts";
import type { AdvisoryEntry } from "../advisory.ts";
import type { FeedId, Level } from "../feed.ts";
import type { Rating } from "../severity/severity.ts";

/** A package to be matched. */
export interface MatchedPackage {
  readonly facts: PackageFacts;
  /** Says of which system it is (`distro=debian-13`). */
  readonly purl: string;
  /** Nobody says what it was built from; the source need not have its name. */
  readonly sourceUntold?: true;
}

/** What is to be expected of a fix, in this release. */
export type FixState =
  /** There is one: `fixed` says in which version. */
  | "fixed"
  /** There is none, or it is not known. */
  | "not-fixed"
  /** Debian: `ignored`, or no advisory planned. */
  | "wont-fix"
  /** Debian: `postponed`, or to come with a point release. */
  | "deferred"
  /** The release or the package has no support any more. */
  | "end-of-life";

/** What one entry says of one package. */
export interface Verdict {
  readonly entry: AdvisoryEntry;
  readonly affected: "yes" | "no" | "unknown";
  /** A sentence for people: the range or state, and the version that was compared. Without a full stop. */
  readonly because: string;
  /** The version that was compared: that of the source package for deb and apk. */
  readonly version: string;
  /** First version that has not the flaw any more, of this branch. */
  readonly fixed: string | undefined;
  readonly state: FixState;
  /** Debian's `unimportant`: there, and of no consequence as Debian sees it. */
  readonly unimportant: boolean;
}

/** All that the data says of one package. */
export interface Assessed {
  readonly level: Level;
  /** Feeds that were asked; none where level is `none`. */
  readonly feeds: readonly FeedId[];
  /** Why the level is not `full`: "no feed has Alpine v2.7", "its version is not known". */
  readonly reason: string | undefined;
  /** One for each entry, the withdrawn left out. */
  readonly verdicts: readonly Verdict[];
}

/** Verdicts on one package that are about the same flaw. */
export interface Match {
  /** The CVE where there is one, else the id that people know best. */
  readonly id: string;
  /** All other names. */
  readonly aliases: readonly string[];
  /** Records disagree where one says yes and others no: yes it is then. */
  readonly affected: "yes" | "no" | "unknown";
  readonly rating: Rating;
  readonly summary: string;
  readonly link: string | undefined;
  readonly fixed: string | undefined;
  readonly state: FixState;
  readonly unimportant: boolean;
  /** The deciding one first. */
  readonly verdicts: readonly Verdict[];
}
