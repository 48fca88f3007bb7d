import { dirname } from "node:path";
import { build } from "../build/build.ts";
import type { BuildCollaborators } from "../build/collaborators.ts";
import type { ComposeInstead } from "../config/build-settings.ts";
import { checkDockerfile } from "../dockerfile/checks/check-dockerfile.ts";
import { parseDockerfile } from "../dockerfile/dockerfile.ts";
import { planDockerfile } from "../dockerfile/graph/plan-dockerfile.ts";
import type { PlanRequest } from "../dockerfile/graph/request.ts";
import type { Dockerfile } from "../dockerfile/instruction.ts";
import { imageContent } from "../image/content.ts";
import { parsePacking } from "../image/packing.ts";
import { hostPlatform, type Platform } from "../image/platform.ts";
import { DistillError } from "../lib/errors.ts";
import { excerpt } from "../lib/excerpt.ts";
import { sourceDateEpoch } from "../lib/source-date-epoch.ts";
import type { ImageOrigin, NamedContextOrigin } from "../plan/origin.ts";
import { finalStage, type Plan } from "../plan/plan.ts";
import { ArchiveSources } from "./archive-source.ts";
import { parseBuildArguments } from "./build-arguments.ts";
import { BuildBases, type ComposedBase } from "./build-bases.ts";
import { BuildFiles } from "./build-files.ts";
import { type BuildInput, lockBesideDockerfile, readBuildInput } from "./build-input.ts";
import { rememberMaterials } from "./build-materials.ts";
import type { ContextPlace } from "./context-place.ts";
import { deliver, prepareDelivery } from "./deliver.ts";
import { type LockFile, withLock } from "./lock-file.ts";
import type { MadeImage, MakeOptions } from "./make-image.ts";
import { type MadeImages, makeForPlatforms, parsePlatforms } from "./make-platforms.ts";
import { parseNamedContexts } from "./named-contexts.ts";
import { Network } from "./network.ts";
import { needsPacking } from "./output.ts";
import type { PlanBuildRequest } from "./plan-build.ts";
import { type ProgramOptions, programMeans } from "./program-means.ts";
import { stagesWithoutCache } from "./stages-without-cache.ts";
import { sweepingTrees } from "./unpacked-trees.ts";
import { type Workspace, withWorkspace } from "./workspace.ts";

/** What a build of a Dockerfile is asked for beside what every image is. */
export interface DockerfileOptions {
  /** Images that are composed in place of being pulled: all that can be, or those that a pattern fits. */
  readonly compose: ComposeInstead;
  /** Ask registries also for images that the store has. */
  readonly pull: boolean;
  /** What is done again although it was done before: all, or these stages. */
  readonly noCache: boolean | readonly string[];
  /** "keep": files of layers keep their own times. */
  readonly timestamps: "fixed" | "keep";
  /** What RUN gets, and how it runs. */
  readonly programs: ProgramOptions;
}

/** Everything that is the same for all platforms. */
interface Job {
  readonly dockerfile: Dockerfile;
  readonly input: BuildInput;
  readonly request: Omit<PlanRequest, "platform">;
  readonly archives: ArchiveSources;
  readonly without: readonly string[];
  readonly given: DockerfileOptions;
}

/** Builds the image of a Dockerfile, for each platform that is asked for. */
export async function buildDockerfile(
  place: ContextPlace,
  request: PlanBuildRequest,
  given: DockerfileOptions,
  options: MakeOptions,
): Promise<MadeImages> {
  const platforms = parsePlatforms(request.platform);
  const packing = parsePacking(options.compression);
  const build = async (workspace: Workspace): Promise<MadeImages> => {
    const { store, cacheDirectory } = workspace;
    await using lease = store.lease("build context");
    await using archives = new ArchiveSources(lease.temporaryDirectory, options.signal);
    await using network = new Network({ ...options, cacheDirectory });
    const values = parseBuildArguments(request.buildArg, process.env);
    const keepGitDirectory = values.get("BUILDKIT_CONTEXT_KEEP_GIT_DIR") === "1";
    const input = await readBuildInput(place, { archives, network, store, file: request.file, keepGitDirectory });
    const beside = lockBesideDockerfile(input.path);
    const job: Job = {
      dockerfile: parseDockerfile(input.text, input.shown),
      ...{ input, archives, given },
      without: [options.lock.file, beside].filter((path) => path !== undefined),
      request: {
        directory: input.path === undefined ? "." : dirname(input.path),
        target: request.target,
        arguments: values,
        contexts: parseNamedContexts(request.buildContext),
        buildPlatform: hostPlatform(),
      },
    };
    const { file: named, update } = options.lock;
    return await withLock(
      beside,
      options,
      (lock) =>
        makeForPlatforms(platforms, workspace, options, (platform, each) => {
          const packsNow = platforms.length > 1 || needsPacking(each.outputs);
          return makeImage(job, platform, workspace, { ...each, packsNow }, lock);
        }),
      // A lock that only lies there is obeyed, and no build makes one unasked.
      { writes: named !== undefined || update },
    );
  };
  const made = await withWorkspace(build, { packing });
  // What is printed is the same whether or not somebody had the image packed before.
  return platforms.length > 1 || needsPacking(options.outputs) ? made : { ...made, digest: undefined };
}

async function makeImage(
  job: Job,
  platform: Platform,
  workspace: Workspace,
  options: MakeOptions & { readonly packsNow: boolean },
  lock: LockFile | undefined,
): Promise<MadeImage> {
  const { store, cacheDirectory } = workspace;
  const { input, given } = job;
  const { timestamps, noCache } = given;
  const { progress, labels, annotations } = options;
  const delivery = await prepareDelivery(options);
  await using _trees = sweepingTrees(store, progress);
  await using lease = store.lease(`build ${input.shown}`);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const keepTimes = timestamps === "keep";
  const timestamp = sourceDateEpoch();
  await using network = new Network({ ...options, cacheDirectory, signal });
  const compose = joined(given.compose, input.compose);
  const programs = programMeans({ store, cacheDirectory, progress }, given.programs);
  await using bases = new BuildBases({
    ...options,
    ...given,
    compose,
    store,
    cacheDirectory,
    lease,
    timestamp,
    lock,
    signal,
    sandbox: programs.sandbox,
  });
  await using files = new BuildFiles({ ...job, ...input, keepTimes, cacheDirectory, network, progress });
  const request = { ...job.request, platform };
  await obeyChecks(job, request, bases, options);
  const plan = await planDockerfile(job.dockerfile, request, bases);
  const composed = await composedBase(plan, bases);
  const differences = await bases.differences();
  const unknown = (name: string): void => refuseUnknownStage(plan, name);
  const collaborators: BuildCollaborators = {
    ...{ store, lease, keepTimes, progress, signal, ...(labels && { labels }) },
    timestamp: (await timeOf(plan, files, network)) ?? timestamp,
    context: undefined,
    ...(noCache === false
      ? {}
      : { withoutCache: noCache === true ? "all" : stagesWithoutCache(plan, noCache, unknown) }),
    stop: () => stop.abort(),
    composeBase: () => Promise.reject(new Error("a Dockerfile composes nothing by itself")),
    image: bases.image,
    files: (origin) => files.source(origin),
    remote: network,
    programs,
    excerpt: ({ start }) => excerpt(input.text, start),
    packing: options.packsNow ? "now" : "later",
    annotations: {
      ...(composed === undefined ? {} : { "org.distill.composed": composed.name }),
      ...(differences.length === 0 ? {} : { "org.distill.differences": differences.join("; ") }),
      ...annotations?.manifest,
    },
  };
  const { image, files: count } = await build(plan, collaborators);
  options.keepIn?.hold(image.manifestDigest);
  rememberMaterials(store, image.configDigest, await bases.materials());
  await deliver(store, imageContent(image), delivery, lease);
  return { image, onlyStored: !options.packsNow, files: count, composed: composed?.record, lock: composed?.lock };
}

/** A stage that is not built needs no cache; USAGE for one that the Dockerfile does not have. */
function refuseUnknownStage({ skipped = [], stages }: Plan, given: string): void {
  const name = given.toLowerCase();
  if (skipped.some((each) => each.name.toLowerCase() === name || String(each.index) === name)) return;
  throw new DistillError("USAGE", `there is no stage ${JSON.stringify(given)} for --no-cache`, {
    hint: `the stages that are built are ${stages
      .map((each) => each.name)
      .slice(0, 20)
      .join(", ")}`,
  });
}

/** What the command line asks for, and what the context asks for. */
function joined(a: ComposeInstead, b: ComposeInstead): ComposeInstead {
  if (a === true || b === true) return true;
  return a === false ? b : b === false ? a : [...a, ...b];
}

/** `# check=error=true` makes a finding a failure; others are told by number. */
async function obeyChecks(job: Job, request: PlanRequest, bases: BuildBases, { progress }: MakeOptions): Promise<void> {
  const { text, shown, rules } = job.input;
  // Stages that the target does not need are none of the build's, and neither are their bases.
  const target = request.target ?? String(job.dockerfile.stages.length - 1);
  const { findings, error } = await checkDockerfile(text, shown, { ...request, target }, bases, rules?.matcher);
  if (findings.length === 0) return;
  const [first] = findings;
  const number = `${findings.length} ${findings.length === 1 ? "warning" : "warnings"}`;
  if (!error || first === undefined) {
    progress.info(`${shown}: ${number} (distill build --check shows them)`);
    return;
  }
  throw new DistillError("CONFIG_INVALID", `${shown}:${first.line}: ${first.rule}: ${first.detail}`, {
    hint: `# check=error=true makes a warning a failure, and there are ${findings.length}: distill build --check shows them`,
  });
}

/** The time that the Dockerfile asks for with SOURCE_DATE_EPOCH, in seconds; undefined where it does not. */
async function timeOf({ epoch }: Plan, files: BuildFiles, network: Network): Promise<number | undefined> {
  if (epoch === undefined) return undefined;
  switch (epoch.kind) {
    case "seconds":
      return epoch.seconds;
    case "origin": {
      const { origin } = epoch;
      return origin.kind === "context" || origin.kind === "named-context" ? files.time(origin) : undefined;
    }
    case "remote": {
      const { source } = epoch;
      if (source.kind === "git") return (await network.fetchRepository(source.url, { keepGitDirectory: false })).time;
      return source.kind === "http" ? (await network.fetchFile(source.url)).modified : undefined;
    }
  }
}

/** What the image that ships stands on, where that was composed. */
async function composedBase(plan: Plan, bases: BuildBases): Promise<ComposedBase | undefined> {
  const origin = bottomOf(plan);
  return origin === undefined ? undefined : bases.composed(origin);
}

function bottomOf(plan: Plan): ImageOrigin | NamedContextOrigin | undefined {
  let [step] = finalStage(plan).steps;
  while (step?.kind === "from") {
    const { origin } = step;
    if (origin.kind === "image") return origin;
    if (origin.kind !== "stage") return undefined;
    [step] = plan.stages.find(({ written }) => written?.index === origin.index)?.steps ?? [];
  }
  return undefined;
}
