import { BuildContext } from "../build/context/build-context.ts";
import { parsePacking } from "../image/packing.ts";
import { type BuildFile, readBuildPlan } from "./build-plan.ts";
import { lockBeside, withLock } from "./lock-file.ts";
import { type MakeOptions, makeImage } from "./make-image.ts";
import { type MadeImages, makeForPlatforms, parsePlatforms } from "./make-platforms.ts";
import type { PlanBuildRequest } from "./plan-build.ts";
import { withWorkspace } from "./workspace.ts";

/** Builds what a distill.yaml describes, for each platform that is asked for. */
export async function buildApp(file: BuildFile, request: PlanBuildRequest, options: MakeOptions): Promise<MadeImages> {
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
