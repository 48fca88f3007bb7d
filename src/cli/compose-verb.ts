import { composePlan } from "../app/compose-plan.ts";
import { makeImage } from "../app/make-image.ts";
import { withWorkspace } from "../app/workspace.ts";
import { parsePlatform } from "../image/platform.ts";
import type { MakeFlags } from "./options.ts";
import type { VerbContext } from "./program.ts";
import { makeAndReport } from "./report.ts";

/** Composes a base and prints the digest. */
export async function composeVerb(
  base: string,
  flags: MakeFlags & {
    readonly package: readonly string[];
    readonly suite: string;
    readonly user: "root" | "nonroot";
  },
  { signal }: VerbContext,
): Promise<void> {
  const { suite, user, offline, refresh } = flags;
  const plan = composePlan({ base, suite, packages: flags.package, user, platform: parsePlatform(flags.platform) });
  await makeAndReport(flags, (progress) => {
    const options = { tags: flags.tag, outputs: flags.output, offline, refresh, progress, signal };
    return withWorkspace((workspace) => makeImage(plan, undefined, workspace, options));
  });
}
