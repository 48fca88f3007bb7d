import type { DockerfileOptions } from "./build-dockerfile.ts";
import { chooseBuildFile } from "./build-plan.ts";
import { contextPlace } from "./context-place.ts";
import type { MakeOptions } from "./make-image.ts";
import type { MadeImages } from "./make-platforms.ts";
import { type PlanBuildRequest, refuseDockerfileFlags } from "./plan-build.ts";

/** Builds the image that a directory describes; says which file was chosen. What only the other language needs is not loaded. */
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
      const { buildApp } = await import("./build-app.ts");
      return buildApp(file, request, options);
    }
  }
  const { buildDockerfile } = await import("./build-dockerfile.ts");
  return buildDockerfile(place, request, given, options);
}
