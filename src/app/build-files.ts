import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FileSource, RemoteSources } from "../build/collaborators.ts";
import { ContextFiles, type ContextFilesOptions } from "../build/context/context-files.ts";
import type { FileDigests } from "../build/context/file-digests.ts";
import { ContextLoading } from "../build/context/loading.ts";
import { pathInside } from "../build/context/path-inside.ts";
import { ContextScanner } from "../build/context/scan-threads.ts";
import { SelectionMemory } from "../build/context/selection-memory.ts";
import { withoutExcluded } from "../build/transfer/selection.ts";
import type { PathMatcher } from "../dockerfile/ignore/matcher.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import type { ContextOrigin, NamedContextOrigin } from "../plan/origin.ts";
import { pathFromText } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { ArchiveSources } from "./archive-source.ts";
import type { InputContext } from "./build-input.ts";
import { type IgnoreRules, readIgnoreRules } from "./ignore-rules.ts";
import { knownFiles } from "./known-files.ts";

export interface BuildFilesOptions {
  readonly context: InputContext;
  readonly rules: IgnoreRules | undefined;
  /** Files that are no part of the context: the lock. */
  readonly without: readonly string[];
  readonly keepTimes: boolean;
  readonly cacheDirectory: string;
  readonly archives: ArchiveSources;
  readonly network: RemoteSources;
  readonly progress: Progress;
}

/** What a build takes files from, and when it was last changed. */
interface OpenedFiles {
  readonly source: FileSource;
  /** Seconds since the epoch. */
  readonly time: () => number;
}

/** What a build takes files from: the context, and what --build-context names. Each is opened when it is needed. */
export class BuildFiles implements AsyncDisposable {
  readonly #options: BuildFilesOptions;
  readonly #sources = new Map<string, Promise<OpenedFiles>>();
  readonly #directories: { readonly files: ContextFiles; readonly digests: FileDigests }[] = [];
  readonly #scanner = new ContextScanner();

  constructor(options: BuildFilesOptions) {
    this.#options = options;
  }

  /** Undefined for a name that stands for an image. */
  async source(origin: ContextOrigin | NamedContextOrigin): Promise<FileSource | undefined> {
    return (await this.#opened(origin))?.source;
  }

  /** When the newest of the files was changed, in seconds since the epoch; undefined for an image. */
  async time(origin: ContextOrigin | NamedContextOrigin): Promise<number | undefined> {
    return (await this.#opened(origin))?.time();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scanner.close();
    for (const { files, digests } of this.#directories) {
      await digests.save();
      files.close();
    }
  }

  #opened(origin: ContextOrigin | NamedContextOrigin): Promise<OpenedFiles | undefined> {
    const key = origin.kind === "context" ? "" : origin.name;
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const opening = origin.kind === "context" ? this.#context() : this.#named(origin);
    if (opening === undefined) return Promise.resolve(undefined);
    this.#sources.set(key, opening);
    return opening;
  }

  async #context(): Promise<OpenedFiles> {
    const { context, rules } = this.#options;
    if (context.kind === "directory") return this.#directory(context.path, "the build context", rules);
    const { tree, what, time } = context;
    return fromTree(rules === undefined ? tree : await withoutExcluded(tree, rules.matcher), what, time);
  }

  #named({ name, location }: NamedContextOrigin): Promise<OpenedFiles> | undefined {
    const what = `the build context ${name}`;
    const { network, archives } = this.#options;
    switch (location.kind) {
      case "directory":
        return readIgnoreRules(undefined, location.path).then((rules) => this.#directory(location.path, what, rules));
      case "git":
        return network
          .fetchRepository(location.url, { keepGitDirectory: false })
          .then(({ tree, time }) => fromTree(tree, what, time));
      case "http":
        return network
          .fetchFile(location.url)
          .then(async ({ content, modified }) => fromTree(await archives.files(content, location.url), what, modified));
      default:
        return undefined;
    }
  }

  #directory(directory: string, what: string, rules: IgnoreRules | undefined): OpenedFiles {
    const { without, keepTimes, cacheDirectory, progress } = this.#options;
    const digests = knownFiles(cacheDirectory, directory);
    const loading = new ContextLoading(progress, what);
    const options = {
      rules: rules?.matcher,
      without: new Set(without.flatMap((path) => pathInside(directory, path))),
      digests,
      onRead: loading.note,
      onSocket: (path: string) => progress.warn(`${path} is a socket, and no part of any image`),
    };
    const files = openDirectory(directory, { ...options, keepTimes });
    this.#directories.push({ files, digests });
    const source: FileSource = {
      ...{ id: undefined, what, loading },
      memory: new SelectionMemory(files, this.#scanner),
      tree: async () => files.tree,
      explainMissing: (path) => explain(rules, path, directory),
    };
    const time = (): number => {
      if (keepTimes) return newest(files.tree);
      const timed = ContextFiles.open(directory, { ...options, keepTimes: true });
      try {
        return newest(timed.tree);
      } finally {
        timed.close();
      }
    };
    return { source, time };
  }
}

function fromTree(tree: Tree, what: string, time: number | undefined): OpenedFiles {
  return { source: { id: undefined, what, tree: async () => tree }, time: () => time ?? newest(tree) };
}

/** Whole seconds: the time of an image has no fractions. */
function newest(tree: Tree): number {
  let time = 0;
  for (const [, node] of tree.entries()) if (node.type !== "directory") time = Math.max(time, node.attributes.mtime);
  return Math.floor(time);
}

function openDirectory(directory: string, options: ContextFilesOptions): ContextFiles {
  try {
    return ContextFiles.open(directory, options);
  } catch (error) {
    if (!isDistillError(error, "NO_SUCH_PATH") || error.hint !== undefined) throw error;
    throw new DistillError(error.code, error.message, {
      hint: "name a directory that is there; an image that stands for a name is docker://NAME, oci:DIR or oci-archive:FILE",
      cause: error,
    });
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
