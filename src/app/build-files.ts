import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { FileSource } from "../build/collaborators.ts";
import { ContextFiles } from "../build/context/context-files.ts";
import type { FileDigests } from "../build/context/file-digests.ts";
import { parseIgnoreFile } from "../dockerfile/ignore/ignore-file.ts";
import type { PathMatcher } from "../dockerfile/ignore/matcher.ts";
import type { Progress } from "../lib/progress.ts";
import type { ContextOrigin, NamedContextOrigin } from "../plan/origin.ts";
import { pathFromText, type RootPath } from "../rootfs/path.ts";
import { readText } from "./build-plan.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import { knownFiles } from "./known-files.ts";

const MAX_RULES = 1024 * 1024;

export interface BuildFilesOptions {
  readonly directory: string;
  readonly rules: IgnoreRules | undefined;
  /** Files that are no part of the context: the lock. */
  readonly without: readonly string[];
  readonly keepTimes: boolean;
  readonly cacheDirectory: string;
  readonly progress: Progress;
}

/** The directories that a build takes files from: the context, and those of --build-context. Each is opened when it is needed. */
export class BuildFiles implements AsyncDisposable {
  readonly #options: BuildFilesOptions;
  readonly #opened = new Map<
    string,
    { readonly source: FileSource; readonly files: ContextFiles; readonly digests: FileDigests }
  >();

  constructor(options: BuildFilesOptions) {
    this.#options = options;
  }

  /** Undefined for a name that stands for an image. */
  async source(origin: ContextOrigin | NamedContextOrigin): Promise<FileSource | undefined> {
    const { directory, rules } = this.#options;
    if (origin.kind === "context") return this.#directory(directory, "the build context", rules);
    const { location, name } = origin;
    if (location.kind !== "directory") return undefined;
    const known = this.#opened.get(location.path);
    if (known !== undefined) return known.source;
    return this.#directory(location.path, `the build context ${name}`, await rulesIn(location.path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { files, digests } of this.#opened.values()) {
      await digests.save();
      files.close();
    }
  }

  #directory(directory: string, what: string, rules: IgnoreRules | undefined): FileSource {
    const known = this.#opened.get(directory);
    if (known !== undefined) return known.source;
    const { without, keepTimes, cacheDirectory, progress } = this.#options;
    const digests = knownFiles(cacheDirectory, directory);
    const files = ContextFiles.open(directory, {
      rules: rules?.matcher,
      without: new Set(without.flatMap((path) => pathInside(directory, path))),
      ...{ keepTimes, digests },
      onSocket: (path) => progress.warn(`${path} is a socket, and no part of any image`),
    });
    const source: FileSource = {
      ...{ id: undefined, what },
      tree: async () => files.tree,
      explainMissing: (path) => explain(rules, path, directory),
    };
    this.#opened.set(directory, { source, files, digests });
    return source;
  }
}

function explain(rules: IgnoreRules | undefined, path: string, directory: string): string | undefined {
  const at = path.replace(/^\/+/, "");
  if (rules === undefined || !existsSync(join(directory, at)) || !excludes(rules.matcher, at)) return undefined;
  return `it is there, and ${rules.path} leaves it out`;
}

function excludes(matcher: PathMatcher, path: string): boolean {
  return matcher.excludes(pathFromText(path));
}

/** A named directory may have rules of its own. */
async function rulesIn(directory: string): Promise<IgnoreRules | undefined> {
  const path = join(directory, ".dockerignore");
  if (!existsSync(path)) return undefined;
  return { path, matcher: parseIgnoreFile(await readText(path, MAX_RULES), path) };
}

/** Where a file lies below a directory, links followed; nothing where it does not. */
function pathInside(directory: string, path: string): readonly RootPath[] {
  try {
    const inside = relative(realpathSync(directory), join(realpathSync(dirname(path)), basename(path)));
    return inside.startsWith("../") ? [] : [pathFromText(inside)];
  } catch {
    return [];
  }
}
