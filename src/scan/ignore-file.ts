import { readLocatedYaml } from "../config/yaml.ts";
import { PathMatcher } from "../dockerfile/ignore/matcher.ts";
import { PatternProblem, parsePattern } from "../dockerfile/ignore/pattern.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import { pathFromText, type RootPath } from "../rootfs/path.ts";
import { ignoreSchema } from "./ignore-schema.ts";
import { packagePattern } from "./package-pattern.ts";
import type { Finding, ScanLocation, ScannedPackage } from "./report.ts";
import { namesOf, type Opinions } from "./set-aside.ts";

interface Entry {
  readonly line: number;
  /** In words: "CVE-2024-1 of openssl". */
  readonly what: string;
  readonly reason: string;
  readonly expires: string | undefined;
  matches(finding: Finding, at: ScannedPackage): boolean;
}

/**
 * Reads an ignore file; `today` is a day in UTC, as `2026-11-26`. An entry holds up to and including the day it expires on; behind
 * that it changes nothing, and what it would have set aside is said, as are entries that match nothing. CONFIG_INVALID with
 * line and column for what is wrong in it.
 */
export function readIgnoreFile(text: string, file: string, today: string): Opinions {
  const { value, lineOf } = readLocatedYaml(text, file, ignoreSchema, "docs/scan.md");
  const entries = value.ignore.map((entry, index): Entry => {
    const line = (key: string): number => lineOf(["ignore", index, key]);
    const [{ id, package: of, path }] = [entry];
    const isPackage = of === undefined ? undefined : packageOf(of, `${file}:${line("package")}`);
    const isPath = path === undefined ? undefined : pathsOf(path, `${file}:${line("path")}`);
    return {
      line: lineOf(["ignore", index]),
      what: [id, of, path].filter((each) => each !== undefined).join(", "),
      reason: entry.reason,
      expires: entry.expires,
      matches: (finding, at) =>
        (id === undefined || namesOf(finding).has(id.toLowerCase())) &&
        (isPackage === undefined || isPackage(at)) &&
        (isPath === undefined || (at.locations.length > 0 && at.locations.every(isPath))),
    };
  });
  return new IgnoreFile(file, entries, today);
}

class IgnoreFile implements Opinions {
  readonly #file: string;
  readonly #entries: readonly Entry[];
  readonly #today: string;
  readonly #matched = new Map<Entry, number>();

  constructor(file: string, entries: readonly Entry[], today: string) {
    this.#file = file;
    this.#entries = entries;
    this.#today = today;
  }

  of(finding: Finding, at: ScannedPackage): ReturnType<Opinions["of"]> {
    const matching = this.#entries.filter((entry) => entry.matches(finding, at));
    for (const entry of matching) this.#matched.set(entry, (this.#matched.get(entry) ?? 0) + 1);
    const active = matching.find((entry) => !this.#isExpired(entry));
    if (active === undefined) return undefined;
    const { line, reason, expires } = active;
    return {
      kind: "suppress",
      suppressed: { by: "ignore-file", where: `${this.#file}:${line}`, reason, until: expires },
    };
  }

  remarks(): readonly string[] {
    return this.#entries.flatMap((entry) => {
      const number = this.#matched.get(entry) ?? 0;
      const where = `${this.#file}:${entry.line}: ${entry.what}`;
      if (number === 0) return [`${where}: it matches no finding`];
      if (!this.#isExpired(entry)) return [];
      return [
        `${where}: expired on ${entry.expires}; ${number === 1 ? "1 finding counts" : `${number} findings count`} again`,
      ];
    });
  }

  #isExpired({ expires }: Entry): boolean {
    return expires !== undefined && expires < this.#today;
  }
}

function packageOf(text: string, where: string): (of: ScannedPackage) => boolean {
  const pattern = packagePattern(text);
  if (pattern !== undefined) return pattern;
  throw new DistillError("CONFIG_INVALID", `${where}: ${JSON.stringify(text.slice(0, 200))} is no package URL`, {
    hint: "write pkg:TYPE/NAME, with @VERSION behind it or without, or a name alone",
  });
}

/** Patterns are those of .dockerignore: what is below a directory that matches does so too. */
function pathsOf(text: string, where: string): (location: ScanLocation) => boolean {
  const matcher = new PathMatcher([patternOf(text, where)]);
  const matches = (path: string): boolean => {
    const known = rootPath(path);
    return known !== undefined && matcher.excludes(known);
  };
  return ({ path, inside }) => matches(path) || (inside !== undefined && matches(`${path}!/${inside}`));
}

function patternOf(text: string, where: string) {
  try {
    const pattern = parsePattern(text.replace(/^\/+/, ""));
    if (pattern !== undefined && !pattern.negated) return pattern;
  } catch (cause) {
    if (!(cause instanceof PatternProblem)) throw cause;
    throw new DistillError("CONFIG_INVALID", `${where}: ${cause.message}`, { cause, hint: PATTERN_HINT });
  }
  throw new DistillError("CONFIG_INVALID", `${where}: ${JSON.stringify(text.slice(0, 200))} is no pattern for paths`, {
    hint: PATTERN_HINT,
  });
}

const PATTERN_HINT = "write a path from the root of the image, with * for a part of a name and ** for any directories";

/** Undefined for a path that cannot be one: of an SBOM anything may be said. */
function rootPath(path: string): RootPath | undefined {
  try {
    return pathFromText(path);
  } catch (error) {
    if (isDistillError(error)) return undefined;
    throw error;
  }
}
