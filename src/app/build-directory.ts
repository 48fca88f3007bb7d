import { BuildContext } from "../build/context.ts";
import { parsePacking } from "../image/packing.ts";
import { chooseYamlFile, readBuildPlan } from "./build-plan.ts";
import { lockBeside, withLock } from "./lock-file.ts";
import { type MakeOptions, makeImage } from "./make-image.ts";
import { type MadeImages, makeForPlatforms, parsePlatforms } from "./make-platforms.ts";
import { withWorkspace } from "./workspace.ts";

export interface BuildRequest {
  /** The build context. */
  readonly directory: string;
  /** The file that describes the build, where it is not to be looked for. */
  readonly file: string | undefined;
  /** One platform, or several with commas. */
  readonly platform: string;
}

/** Builds the image that a directory describes; says which file was chosen. */
export async function buildDirectory(request: BuildRequest, options: MakeOptions): Promise<MadeImages> {
  const platforms = parsePlatforms(request.platform);
  const file = chooseYamlFile(request.directory, request.file);
  options.progress.info(`Building from ${file.path} (${file.why})`);
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
