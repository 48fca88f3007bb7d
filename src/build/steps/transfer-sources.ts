import { DistillError, isDistillError } from "../../lib/errors.ts";
import { shownOrigin } from "../../plan/origin.ts";
import type { TransferSource, TransferStep } from "../../plan/transfer-step.ts";
import { textContent } from "../../rootfs/content.ts";
import { Attributer } from "../../rootfs/node.ts";
import { bytesOfText, displayPath, pathFromText, ROOT } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { BuildRun } from "../build-run.ts";
import type { FileSource } from "../collaborators.ts";
import { fingerprintOf } from "../transfer/fingerprint.ts";
import { hasPattern } from "../transfer/name-pattern.ts";
import { type Selected, selectFrom } from "../transfer/selection.ts";

/** A source of COPY or ADD: what it is can be told before its files are needed. */
export interface ResolvedSource {
  readonly kind: TransferSource["kind"];
  /** Equal where the same files would be copied. */
  readonly fingerprint: string;
  /** Where it comes from, for people: "context", "stage build", an address. */
  readonly origin: string;
  select(): Promise<readonly Selected[]>;
  /** All files of the stage or image that it is of. */
  readonly root?: () => Promise<Tree>;
}

/** Resolves the sources of a step, in their order. */
export async function resolveSources(
  run: BuildRun,
  step: TransferStep,
  from: () => Promise<FileSource>,
): Promise<readonly ResolvedSource[]> {
  const resolved: ResolvedSource[] = [];
  for (const source of step.sources) resolved.push(await resolveSource(run, step, source, from));
  return resolved;
}

async function resolveSource(
  run: BuildRun,
  step: TransferStep,
  source: TransferSource,
  from: () => Promise<FileSource>,
): Promise<ResolvedSource> {
  switch (source.kind) {
    case "path":
      return resolvePath(run, step, source, await from());
    case "document":
      return settled(run, source.kind, "the Dockerfile", [documentOf(source, run)]);
    case "http":
      return settled(run, source.kind, source.url, [await fileOf(run, step, source)]);
    case "git": {
      const { keepGitDirectory, checksum } = step;
      const { tree } = await remoteOf(run).fetchRepository(source.url, { keepGitDirectory, checksum });
      return settled(run, source.kind, source.url, [{ name: "", path: ROOT, node: tree.root }]);
    }
  }
}

/** Paths of a source that says what it is are looked up among what is remembered, without its files. */
export async function resolvePath(
  run: BuildRun,
  step: Pick<TransferStep, "from" | "exclude">,
  source: Extract<TransferSource, { readonly kind: "path" }>,
  files: FileSource,
): Promise<ResolvedSource> {
  let selected: Promise<readonly Selected[]> | undefined;
  const select = (): Promise<readonly Selected[]> => {
    selected ??= selectPaths(run, files, source, step);
    return selected;
  };
  const print = async (): Promise<string> => fingerprintOf(await select(), run.collaborators.signal);
  const find = (): Promise<string> => files.loading?.during(print) ?? print();
  return {
    kind: source.kind,
    fingerprint: await known(run, step, source, files, find),
    origin: originOf(run, step),
    select,
    ...(step.from.kind === "context" ? {} : { root: () => files.tree() }),
  };
}

/** What is found out once: by the name of the files, or, of a whole directory on disk, by what the file system says of it. */
async function known(
  run: BuildRun,
  { exclude }: Pick<TransferStep, "exclude">,
  { path, below }: Extract<TransferSource, { readonly kind: "path" }>,
  { id, memory }: FileSource,
  find: () => Promise<string>,
): Promise<string> {
  if (id !== undefined) return run.remembered(run.key("files", id, path, below ?? null, exclude), find);
  if (memory === undefined || below !== undefined || exclude.length > 0 || hasPattern(path)) return find();
  return memory.fingerprint(pathFromText(path), run.memory, find, run.collaborators.signal);
}

async function selectPaths(
  run: BuildRun,
  files: FileSource,
  source: Extract<TransferSource, { readonly kind: "path" }>,
  step: Pick<TransferStep, "from" | "exclude">,
): Promise<readonly Selected[]> {
  const tree = await files.tree();
  try {
    return await selectFrom(tree, source, step, run.collaborators.signal);
  } catch (error) {
    if (!isDistillError(error, "NO_SUCH_PATH")) throw error;
    const why = files.explainMissing?.(source.path);
    // The files of a stage go on from those of its base, and are named like those.
    const where = step.from.kind === "stage" ? originOf(run, step) : files.what;
    throw new DistillError("NO_SUCH_PATH", `${error.message.replace(/ is not there$/, "")} is not in ${where}`, {
      hint: why ?? "name a file that is there; a pattern such as app*.txt may match nothing, a plain path may not",
      cause: error,
    });
  }
}

function documentOf(
  { name, content }: Extract<TransferSource, { readonly kind: "document" }>,
  run: BuildRun,
): Selected {
  const attributes = new Attributer().of({
    mode: 0o644,
    mtime: run.collaborators.timestamp,
    owner: { kind: "context", path: "Dockerfile" },
  });
  const bytes = bytesOfText(name);
  return {
    name: bytes,
    path: pathFromText(name),
    node: { type: "file", attributes, content: textContent(content), inode: undefined },
  };
}

/** A file of the network is for its owner only, as wget and docker have it. */
async function fileOf(
  run: BuildRun,
  { checksum }: TransferStep,
  { url }: Extract<TransferSource, { readonly kind: "http" }>,
): Promise<Selected> {
  const { name, content, modified } = await remoteOf(run).fetchFile(url, { checksum });
  const owner = { kind: "remote", url } as const;
  const attributes = new Attributer().of({ mode: 0o600, mtime: modified ?? run.collaborators.timestamp, owner });
  const bytes = bytesOfText(name);
  return { name: bytes, path: pathFromText(name), node: { type: "file", attributes, content, inode: undefined } };
}

async function settled(
  run: BuildRun,
  kind: TransferSource["kind"],
  origin: string,
  selected: readonly Selected[],
): Promise<ResolvedSource> {
  const fingerprint = await fingerprintOf(selected, run.collaborators.signal);
  return { kind, fingerprint, origin, select: async () => selected };
}

function remoteOf({ collaborators: { remote } }: BuildRun): NonNullable<BuildRun["collaborators"]["remote"]> {
  if (remote === undefined) throw new Error("a plan with remote sources was built without them");
  return remote;
}

/** "stage files" rather than its number. */
function originOf({ plan }: BuildRun, { from }: Pick<TransferStep, "from">): string {
  const stage = from.kind === "stage" ? plan.stages.find(({ written }) => written?.index === from.index) : undefined;
  return stage === undefined ? shownOrigin(from) : `stage ${stage.name}`;
}

/** Where selected files lay, for people. */
export function shownPath({ path }: Selected): string {
  return displayPath(path);
}
