import { dirname } from "node:path";
import { parseDockerfile } from "../dockerfile/dockerfile.ts";
import { planDockerfile } from "../dockerfile/graph/plan-dockerfile.ts";
import { hostPlatform } from "../image/platform.ts";
import { DistillError } from "../lib/errors.ts";
import type { Plan } from "../plan/plan.ts";
import { parseBuildArguments } from "./build-arguments.ts";
import { chooseBuildFile, readText, readYamlPlan, shownPath } from "./build-plan.ts";
import { readIgnoreRules } from "./ignore-rules.ts";
import { KnownBases } from "./known-bases.ts";
import { parsePlatforms } from "./make-platforms.ts";
import { parseNamedContexts } from "./named-contexts.ts";

export interface PlanBuildRequest {
  /** The build context. */
  readonly directory: string;
  /** The file that describes the build, where it is not to be looked for. */
  readonly file: string | undefined;
  /** One platform, or several with commas. */
  readonly platform: string;
  readonly target: string | undefined;
  /** `NAME=VALUE` or `NAME`. */
  readonly buildArg: readonly string[];
  /** `NAME=LOCATION`. */
  readonly buildContext: readonly string[];
}

export interface PlannedBuild {
  /** One for each platform. */
  readonly plans: readonly Plan[];
  /** The file that says what the context leaves out. */
  readonly ignoreFile: string | undefined;
}

/** Bytes of a Dockerfile; its parser has a limit of its own, in characters. */
const MAX_SIZE = 64 * 1024 * 1024;

/**
 * The plans of a build, one for each platform. Nothing is built, and nothing but the store is asked about bases. What
 * reading the file throws; USAGE for flags that a distill.yaml knows nothing of.
 */
export async function planBuild(request: PlanBuildRequest): Promise<PlannedBuild> {
  const platforms = parsePlatforms(request.platform);
  const file = chooseBuildFile(request.directory, request.file);
  if (file.language === "yaml") {
    refuseDockerfileFlags(request, file.path);
    return {
      plans: await Promise.all(platforms.map((platform) => readYamlPlan(file, platform))),
      ignoreFile: undefined,
    };
  }
  const given = {
    directory: dirname(file.path),
    target: request.target,
    arguments: parseBuildArguments(request.buildArg, process.env),
    contexts: parseNamedContexts(request.buildContext),
    buildPlatform: hostPlatform(),
  };
  const dockerfile = parseDockerfile(await readText(file.path, MAX_SIZE), shownPath(file));
  await using bases = new KnownBases();
  const plans: Plan[] = [];
  for (const platform of platforms) plans.push(await planDockerfile(dockerfile, { ...given, platform }, bases));
  const ignored = await readIgnoreRules(file.path, request.directory);
  return { plans, ignoreFile: ignored?.path };
}

/** USAGE for flags that a distill.yaml knows nothing of. */
export function refuseDockerfileFlags({ target, buildArg, buildContext }: PlanBuildRequest, path: string): void {
  const flag =
    target !== undefined
      ? "--target"
      : buildArg.length > 0
        ? "--build-arg"
        : buildContext.length > 0
          ? "--build-context"
          : undefined;
  if (flag === undefined) return;
  throw new DistillError("USAGE", `${flag} is for Dockerfiles, and ${path} is none`);
}
