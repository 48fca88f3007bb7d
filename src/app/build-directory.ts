import { BuildContext } from "../build/context/build-context.ts";
import { parsePacking } from "../image/packing.ts";
import type { DockerfileOptions } from "./build-dockerfile.ts";
import { type BuildFile, chooseBuildFile, readBuildPlan } from "./build-plan.ts";
import { contextPlace } from "./context-place.ts";
import { lockBeside, withLock } from "./lock-file.ts";
import { type MakeOptions, makeImage } from "./make-image.ts";
import { type MadeImages, makeForPlatforms, parsePlatforms } from "./make-platforms.ts";
import { type PlanBuildRequest, refuseDockerfileFlags } from "./plan-build.ts";
import { withWorkspace } from "./workspace.ts";

/** Builds the image that a directory describes; says which file was chosen. */
export async function buildDirectory(
  request: PlanBuildRequest,
  given: DockerfileOptions,
  options: MakeOptions,
): Promise<MadeImages> {
  const place = contextPlace(request.directory);
  if (place.kind === "directory" && request.file !== "-") {
    const file = chooseBuildFile(request.directory, request.file);
    options.progress.info(`Building from ${file.path} (${file.why})`);
    if (file.language === "yaml") {
      refuseDockerfileFlags(request, file.path);
      return buildApp(file, request, options);
    }
  }
  const { buildDockerfile } = await import("./build-dockerfile.ts");
  return buildDockerfile(place, request, given, options);
}

/** What a distill.yaml describes. */
async function buildApp(file: BuildFile, request: PlanBuildRequest, options: MakeOptions): Promise<MadeImages> {
  const platforms = parsePlatforms(request.platform);
  const beside = lockBeside(file.path);
  const context = BuildContext.open(request.directory, [options.lock.file ?? beside]);
  try {
    return await withWorkspace(
      (workspace) =>
        withLock(beside, options, (lock) =>
          makeForPlatforms(platforms, workspace, options, async (platform, each) => {
            const plan = await readBuildPlan(file, platform, workspace.store);
            return makeImage(plan, context, workspace, each, lock);
          }),
        ),
      { packing: parsePacking(options.compression) },
    );
  } finally {
    context.close();
  }
}
