import { releasesOf } from "../compose/catalogue/bases.ts";
import { TIERS } from "../compose/catalogue/tiers.ts";
import { supportNote } from "../debian/releases.ts";

/** A base as `distill bases` shows it. */
export interface ListedBase {
  readonly name: string;
  readonly summary: string;
  /** Debian releases that have it, the one that is taken by default first. */
  readonly suites: readonly string[];
  /** What is to be said of the support of those releases. */
  readonly notes: readonly string[];
}

/** The catalogue, smallest first; `now` in milliseconds since the epoch. */
export function listBases(now: number): readonly ListedBase[] {
  return TIERS.map(({ name, summary }) => {
    const suites = releasesOf(name);
    return { name, summary, suites, notes: suites.flatMap((suite) => supportNote(suite, now) ?? []) };
  });
}
