import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "../build/build.ts";
import type { BuildCollaborators } from "../build/collaborators.ts";
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
import { parseBuildArguments } from "./build-arguments.ts";
import { BuildBases, type ComposedBase } from "./build-bases.ts";
import { BuildFiles } from "./build-files.ts";
import { type BuildFile, readText, shownPath } from "./build-plan.ts";
import { deliver, prepareDelivery } from "./deliver.ts";
import { type IgnoreRules, readIgnoreRules } from "./ignore-rules.ts";
import { type LockFile, withLock } from "./lock-file.ts";
import type { MadeImage, MakeOptions } from "./make-image.ts";
import { type MadeImages, makeForPlatforms, parsePlatforms } from "./make-platforms.ts";
import { parseNamedContexts } from "./named-contexts.ts";
import type { PlanBuildRequest } from "./plan-build.ts";
import { type Workspace, withWorkspace } from "./workspace.ts";

/** Bytes of a Dockerfile; its parser has a limit of its own, in characters. */
const MAX_SIZE = 64 * 1024 * 1024;

/** What a build of a Dockerfile is asked for beside what every image is. */
export interface DockerfileOptions {
  /** Images that are composed in place of being pulled: all that can be, or those that a pattern fits. */
  readonly compose: boolean | readonly string[];
  /** Ask registries also for images that the store has. */
  readonly pull: boolean;
  /** What is done again although it was done before: all, or these stages. */
  readonly noCache: boolean | readonly string[];
  /** "keep": files of layers keep their own times. */
  readonly timestamps: "fixed" | "keep";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Everything that is the same for all platforms. */
interface Job {
  readonly dockerfile: Dockerfile;
  readonly text: string;
  readonly shown: string;
  readonly request: Omit<PlanRequest, "platform">;
  readonly directory: string;
  readonly rules: IgnoreRules | undefined;
  readonly without: readonly string[];
  readonly given: DockerfileOptions;
}

/** Builds the image of a Dockerfile, for each platform that is asked for. */
export async function buildDockerfile(
  file: BuildFile,
  request: PlanBuildRequest,
  given: DockerfileOptions,
  options: MakeOptions,
): Promise<MadeImages> {
  const platforms = parsePlatforms(request.platform);
  const text = await readText(file.path, MAX_SIZE);
  const beside = join(dirname(file.path), "distill.lock");
  const job: Job = {
    dockerfile: parseDockerfile(text, shownPath(file)),
    ...{ text, shown: shownPath(file), directory: request.directory, given },
    rules: await readIgnoreRules(file.path, request.directory),
    without: [options.lock.file ?? beside],
    request: {
      directory: dirname(file.path),
      target: request.target,
      arguments: parseBuildArguments(request.buildArg, process.env),
      contexts: parseNamedContexts(request.buildContext),
      buildPlatform: hostPlatform(),
    },
  };
  const packing = parsePacking(options.compression);
  return withWorkspace(
    (workspace) =>
      withLock(existsSync(beside) ? beside : undefined, options, (lock) =>
        makeForPlatforms(platforms, workspace, options, (platform, each) => {
          const packsNow = platforms.length > 1 || each.outputs.length > 0;
          return makeImage(job, platform, workspace, { ...each, packsNow }, lock);
        }),
      ),
    { packing },
  );
}

async function makeImage(
  job: Job,
  platform: Platform,
  workspace: Workspace,
  options: MakeOptions & { readonly packsNow: boolean },
  lock: LockFile | undefined,
): Promise<MadeImage> {
  const { store, cacheDirectory } = workspace;
  const { compose, pull, timestamps, noCache, labels, annotations } = job.given;
  const { progress } = options;
  const delivery = await prepareDelivery(options);
  await using lease = store.lease(`build ${job.shown}`);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const timestamp = sourceDateEpoch();
  const keepTimes = timestamps === "keep";
  await using bases = new BuildBases({
    ...options,
    store,
    cacheDirectory,
    lease,
    compose,
    pull,
    timestamp,
    lock,
    signal,
  });
  const request = { ...job.request, platform };
  await obeyChecks(job, request, bases, options);
  const plan = await planDockerfile(job.dockerfile, request, bases);
  await using files = new BuildFiles({ ...job, keepTimes, cacheDirectory, progress });
  const composed = await composedBase(plan, bases);
  const collaborators: BuildCollaborators = {
    ...{ store, lease, timestamp: epochOf(plan, timestamp), keepTimes, progress, signal, labels },
    context: undefined,
    ...(noCache === false
      ? {}
      : { withoutCache: noCache === true ? "all" : new Set(noCache.map((each) => each.toLowerCase())) }),
    stop: () => stop.abort(),
    composeBase: () => Promise.reject(new Error("a Dockerfile composes nothing by itself")),
    image: bases.image,
    files: (origin) => files.source(origin),
    excerpt: ({ start }) => excerpt(job.text, start),
    packing: options.packsNow ? "now" : "later",
    annotations: { ...annotations, ...(composed === undefined ? {} : { "org.distill.composed": composed.name }) },
  };
  const { image, files: count } = await build(plan, collaborators);
  options.keepIn?.hold(image.manifestDigest);
  await deliver(store, imageContent(image), delivery);
  return { image, files: count, composed: composed?.record, lock: undefined };
}

/** `# check=error=true` makes a finding a failure; others are told by number. */
async function obeyChecks(job: Job, request: PlanRequest, bases: BuildBases, { progress }: MakeOptions): Promise<void> {
  const { findings, error } = await checkDockerfile(job.text, job.shown, request, bases, job.rules?.matcher);
  if (findings.length === 0) return;
  const [first] = findings;
  const number = `${findings.length} ${findings.length === 1 ? "warning" : "warnings"}`;
  if (!error || first === undefined) {
    progress.info(`${job.shown}: ${number} (distill build --check shows them)`);
    return;
  }
  throw new DistillError("CONFIG_INVALID", `${job.shown}:${first.line}: ${first.rule}: ${first.detail}`, {
    hint: `# check=error=true makes a warning a failure, and there are ${findings.length}: distill build --check shows them`,
  });
}

function epochOf({ epoch }: Plan, fallback: number): number {
  return epoch?.kind === "seconds" ? epoch.seconds : fallback;
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
