import { BuildContext } from "../build/context.ts";
import { parsePlatform } from "../image/platform.ts";
import { chooseBuildFile, readBuildPlan } from "./build-plan.ts";
import { lockBeside, withLock } from "./lock-file.ts";
import { type MadeImage, type MakeOptions, makeImage } from "./make-image.ts";
import { withWorkspace } from "./workspace.ts";

export interface BuildRequest {
  /** The build context. */
  readonly directory: string;
  /** The file that describes the build, where it is not to be looked for. */
  readonly file: string | undefined;
  readonly platform: string;
}

/** Builds the image that a directory describes; says which file was chosen. */
export async function buildDirectory(request: BuildRequest, options: MakeOptions): Promise<MadeImage> {
  const platform = parsePlatform(request.platform);
  const file = chooseBuildFile(request.directory, request.file);
  options.progress.info(`Building from ${file.path} (${file.why})`);
  const beside = lockBeside(file.path);
  const context = BuildContext.open(request.directory, [options.lock.file ?? beside]);
  try {
    return await withWorkspace(async (workspace) => {
      const plan = await readBuildPlan(file, platform, workspace.store);
      return withLock(beside, options, (lock) => makeImage(plan, context, workspace, options, lock));
    });
  } finally {
    context.close();
  }
}
