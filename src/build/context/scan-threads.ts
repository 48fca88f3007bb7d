import { workerCount } from "../../lib/workers/count.ts";
import { WorkerPool, workerUrl } from "../../lib/workers/pool.ts";
import type { RootPath } from "../../rootfs/path.ts";
import { type DirectoryPrint, printOf } from "./directory-print.ts";
import type { KeptEntries } from "./kept-entries.ts";
import { isPrint, type ScanJob, type ScannedContext, type ShallowScan, scanDirectory, scanShallow } from "./scan.ts";

/** Below so many entries, starting threads would take longer than they save. */
const MANY = 20_000;

const MOST_THREADS = 4;

/** A job has one in so many of the directories that a thread could be given. */
const JOBS_A_THREAD = 8;

/** Directories are opened up until there are so many to hand out, or none further down. */
const ENOUGH = 64;
const DEEPEST = 4;

/** Scans directories of a context: large ones in threads, which are kept until it is closed. */
export class ContextScanner {
  #pool: WorkerPool<ScanJob, readonly DirectoryPrint[] | undefined> | undefined;

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  /** scanDirectory; undefined, too, where it fails in a thread. `expected`: how many entries there will be, roughly. The print does not depend on how it is made. */
  async scan(
    context: ScannedContext,
    kept: KeptEntries,
    expected: number,
    signal: AbortSignal | undefined,
  ): Promise<DirectoryPrint | undefined> {
    if (expected < MANY) return scanDirectory(context.directory, kept);
    const { shallow, frontier } = openUp(context.directory, kept);
    const found = await this.#inThreads(context, frontier, signal);
    if (found === undefined) return undefined;
    const print = (at: KeptEntries): DirectoryPrint => {
      const known = found.get(at.path);
      if (known !== undefined) return known;
      const { own, directories } = shallow.get(at.path) ?? scanShallow(context.directory, at);
      return printOf(
        own,
        directories.map((each) => (isPrint(each) ? each : print(each))),
      );
    };
    return print(kept);
  }

  async #inThreads(
    context: ScannedContext,
    frontier: readonly KeptEntries[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<RootPath, DirectoryPrint> | undefined> {
    const count = workerCount(MOST_THREADS);
    this.#pool ??= new WorkerPool(workerUrl(import.meta.url, "scan-worker"), { size: count });
    const pool = this.#pool;
    const size = Math.max(1, Math.ceil(frontier.length / (count * JOBS_A_THREAD)));
    const jobs: RootPath[][] = [];
    for (let at = 0; at < frontier.length; at += size) jobs.push(frontier.slice(at, at + size).map(({ path }) => path));
    const results = await Promise.all(jobs.map((paths) => pool.run({ context, paths }, signal)));
    const found = new Map<RootPath, DirectoryPrint>();
    for (const [job, paths] of jobs.entries()) {
      if (results[job] === undefined) return undefined;
      for (const [at, path] of paths.entries()) {
        const print = results[job]?.[at];
        if (print !== undefined) found.set(path, print);
      }
    }
    return found;
  }
}

/** Looks at the uppermost directories, until there is work for several. */
function openUp(directory: string, kept: KeptEntries) {
  const shallow = new Map<RootPath, ShallowScan>();
  let frontier: readonly KeptEntries[] = [kept];
  for (let depth = 0; depth < DEEPEST && frontier.length > 0 && frontier.length < ENOUGH; depth++) {
    const below: KeptEntries[] = [];
    for (const each of frontier) {
      const found = scanShallow(directory, each);
      shallow.set(each.path, found);
      below.push(...found.directories.filter((one): one is KeptEntries => !isPrint(one)));
    }
    frontier = below;
  }
  return { shallow, frontier };
}
