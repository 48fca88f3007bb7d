import { type MatchedDirectory, PathMatcher } from "../../dockerfile/ignore/matcher.ts";
import type { Pattern } from "../../dockerfile/ignore/pattern.ts";
import { childOf, componentsOf, ROOT, type RootPath } from "../../rootfs/path.ts";

/** What of a directory on disk is part of a context, directory by directory from its root down. */
export class KeptEntries {
  readonly path: RootPath;
  readonly #rules: MatchedDirectory | undefined;
  readonly #without: ReadonlySet<RootPath>;

  private constructor(path: RootPath, rules: MatchedDirectory | undefined, without: ReadonlySet<RootPath>) {
    this.path = path;
    this.#rules = rules;
    this.#without = without;
  }

  /** The root: without what rules leave out, and without paths that are no part of it, whatever the rules say. */
  static of(rules: PathMatcher | undefined, without: ReadonlySet<RootPath>): KeptEntries {
    return new KeptEntries(ROOT, rules?.root, without);
  }

  /** The same, of rules by their patterns. */
  static ofPatterns(patterns: readonly Pattern[] | undefined, without: readonly RootPath[]): KeptEntries {
    return KeptEntries.of(patterns && new PathMatcher(patterns), new Set(without));
  }

  /** False where neither the entry nor anything below it can be taken, so that it need not be looked at. */
  mayHold(name: string): boolean {
    if (this.#without.size > 0 && this.#without.has(childOf(this.path, name))) return false;
    const rules = this.#rules;
    if (rules === undefined || !rules.excludes(name)) return true;
    return !rules.enter(name).decided;
  }

  /** A directory that is left out is there all the same where something below it is taken back in. */
  leavesOut(name: string): boolean {
    return this.#rules?.excludes(name) === true;
  }

  /** A directory somewhere below. */
  enterPath(path: RootPath): KeptEntries {
    return componentsOf(path).reduce<KeptEntries>((at, name) => at.enter(name), this);
  }

  /** A directory in this one. */
  enter(name: string): KeptEntries {
    return new KeptEntries(childOf(this.path, name), this.#rules?.enter(name), this.#without);
  }
}
