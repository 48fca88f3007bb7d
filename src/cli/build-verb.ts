import { chooseBuildFile, readBuildPlan } from "../app/build-plan.ts";
import { makeImage } from "../app/make-image.ts";
import { withWorkspace } from "../app/workspace.ts";
import { BuildContext } from "../build/context.ts";
import { parsePlatform } from "../image/platform.ts";
import type { MakeFlags } from "./options.ts";
import type { VerbContext } from "./program.ts";
import { makeAndReport } from "./report.ts";

/** Builds the directory and prints the digest. */
export async function buildVerb(
  directory: string,
  flags: MakeFlags & { readonly file: string | undefined },
  { signal }: VerbContext,
): Promise<void> {
  const platform = parsePlatform(flags.platform);
  await makeAndReport(flags, async (progress) => {
    const file = chooseBuildFile(directory, flags.file);
    progress.info(`Building from ${file.path} (${file.why})`);
    const context = BuildContext.open(directory);
    try {
      return await withWorkspace(async (workspace) => {
        const plan = await readBuildPlan(file, platform, workspace.store);
        const { offline, refresh } = flags;
        const options = { tags: flags.tag, outputs: flags.output, offline, refresh, progress, signal };
        return makeImage(plan, context, workspace, options);
      });
    } finally {
      context.close();
    }
  });
}
