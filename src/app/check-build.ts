import { dirname } from "node:path";
import { type Checked, checkDockerfile } from "../dockerfile/checks/check-dockerfile.ts";
import { hostPlatform } from "../image/platform.ts";
import { DistillError } from "../lib/errors.ts";
import { pathFromText } from "../rootfs/path.ts";
import { parseBuildArguments } from "./build-arguments.ts";
import { chooseBuildFile, readText, shownPath } from "./build-plan.ts";
import { readIgnoreRules } from "./ignore-rules.ts";
import { KnownBases } from "./known-bases.ts";
import { parsePlatforms } from "./make-platforms.ts";
import { parseNamedContexts } from "./named-contexts.ts";
import type { PlanBuildRequest } from "./plan-build.ts";

/** Bytes of a Dockerfile; its parser has a limit of its own, in characters. */
const MAX_SIZE = 64 * 1024 * 1024;

/** The checks of one Dockerfile. */
export interface CheckedBuild extends Checked {
  /** As messages name it. */
  readonly file: string;
}

/**
 * Checks the Dockerfile of a build: nothing is built, and nothing but the store is asked about bases. USAGE for a
 * distill.yaml, which is checked whenever it is read; what reading the file throws.
 */
export async function checkBuild(request: PlanBuildRequest): Promise<CheckedBuild> {
  const file = chooseBuildFile(request.directory, request.file);
  if (file.language === "yaml") {
    throw new DistillError("USAGE", `--check is for Dockerfiles, and ${file.path} is none`, {
      hint: "a distill.yaml is checked whenever it is read: distill build --print-plan",
    });
  }
  const [platform = hostPlatform()] = parsePlatforms(request.platform);
  const shown = shownPath(file);
  const given = {
    ...{ directory: dirname(file.path), target: request.target, platform, buildPlatform: hostPlatform() },
    arguments: parseBuildArguments(request.buildArg, process.env),
    contexts: parseNamedContexts(request.buildContext),
  };
  await using bases = new KnownBases();
  const rules = await readIgnoreRules(file.path, request.directory);
  const ignored = rules && { excludes: (path: string) => rules.matcher.excludes(pathFromText(path)) };
  const checked = await checkDockerfile(await readText(file.path, MAX_SIZE), shown, given, bases, ignored);
  return { ...checked, file: shown };
}
