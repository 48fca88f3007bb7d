import { lstatSync } from "node:fs";
import { resolve } from "node:path";
import { childOf, componentsOf, type RootPath } from "../../rootfs/path.ts";
import type { JsonValue } from "../../store/steps.ts";
import type { ContextFiles } from "./context-files.ts";
import { type DirectoryPrint, withMode } from "./directory-print.ts";
import { KeptEntries } from "./kept-entries.ts";
import { isUnscannable, pathOf, type ScannedContext } from "./scan.ts";
import type { ContextScanner } from "./scan-threads.ts";

/** Where values are kept between builds. */
export interface Memory {
  recall(key: readonly JsonValue[]): JsonValue | undefined;
  remember(key: readonly JsonValue[], value: JsonValue): void;
}

/** What is remembered of a directory: how it was found, and the fingerprint of its files. */
interface KnownDirectory {
  readonly digest: string;
  readonly entries: number;
  readonly fingerprint: string;
}

/**
 * Fingerprints of whole directories of a context, remembered with what the file system said of all that they hold. Where
 * it says the same, nothing has changed, and neither a tree is made nor a file opened.
 */
export class SelectionMemory {
  readonly #files: ContextFiles;
  readonly #context: ScannedContext;
  readonly #scanner: ContextScanner;

  constructor(files: ContextFiles, scanner: ContextScanner) {
    const { rules, without } = files.options;
    this.#files = files;
    this.#context = { directory: resolve(files.directory), patterns: rules?.patterns, without: [...without] };
    this.#scanner = scanner;
  }

  /** The fingerprint of the directory at `path` with all below it; `find` makes it from the context's tree. */
  async fingerprint(
    path: RootPath,
    memory: Memory,
    find: () => Promise<string>,
    signal?: AbortSignal,
  ): Promise<string> {
    const { directory, patterns = [], without } = this.#context;
    const rules = patterns.map(({ text, negated }) => (negated ? `!${text}` : text));
    const key = ["directory", directory, rules, without, path];
    const known = memory.recall(key) as KnownDirectory | undefined;
    if (known !== undefined) {
      const now = await this.#scan(path, known.entries, signal);
      if (now?.digest === known.digest) return known.fingerprint;
    }
    const fingerprint = await find();
    // As it was before its files were read: what has changed since then shows as another print.
    const found = this.#files.print(path);
    if (found?.isSure) memory.remember(key, { digest: found.digest, entries: found.entries, fingerprint });
    return fingerprint;
  }

  /** Undefined where only the tree can tell, and for what goes wrong: the tree's failures are for people. */
  async #scan(path: RootPath, expected: number, signal?: AbortSignal): Promise<DirectoryPrint | undefined> {
    try {
      const { directory, patterns, without } = this.#context;
      let kept = KeptEntries.ofPatterns(patterns, without);
      let mode = 0o755;
      for (const name of componentsOf(path)) {
        if (!kept.mayHold(name)) return undefined;
        const stats = lstatSync(pathOf(directory, childOf(kept.path, name)));
        if (!stats.isDirectory()) return undefined;
        mode = stats.mode & 0o7777;
        kept = kept.enter(name);
      }
      const print = await this.#scanner.scan(this.#context, kept, expected, signal);
      return print && withMode(print, mode);
    } catch (error) {
      if (isUnscannable(error)) return undefined;
      throw error;
    }
  }
}
