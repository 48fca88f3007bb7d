import { dirname } from "node:path";
import { BuildContext } from "../build/context/build-context.ts";
import { parsePacking } from "../image/packing.ts";
import type { Platform } from "../image/platform.ts";
import { type ComposeStep, NO_SETTINGS } from "../plan/compose-step.ts";
import type { Plan } from "../plan/plan.ts";
import { chooseBuildFile, readBuildPlan } from "./build-plan.ts";
import { lockBeside, withLock } from "./lock-file.ts";
import { type MakeOptions, makeImage } from "./make-image.ts";
import { type MadeImages, makeForPlatforms, parsePlatforms } from "./make-platforms.ts";
import { withWorkspace } from "./workspace.ts";

export interface BaseRequest {
  /** A base of the catalogue, a name of gcr.io/distroless, or the path of a YAML file that describes one. */
  readonly base: string;
  readonly suite: string | undefined;
  readonly packages: readonly string[];
  readonly slices: readonly string[];
  readonly user: "root" | "nonroot" | undefined;
  readonly debug: boolean | undefined;
  /** One platform, or several with commas. */
  readonly platform: string;
}

/**
 * Composes a base image: a plan of one step, or the one of a YAML file with what the request adds to it. A base by its name
 * has a lock only where one is named.
 */
export async function composeBase(request: BaseRequest, options: MakeOptions): Promise<MadeImages> {
  const platforms = parsePlatforms(request.platform);
  const packing = parsePacking(options.compression);
  if (!isFile(request.base)) {
    return withWorkspace(
      (workspace) =>
        withLock(undefined, options, (lock) =>
          makeForPlatforms(platforms, workspace, options, (platform, each) =>
            makeImage(planOf(request, platform), undefined, workspace, each, lock),
          ),
        ),
      { packing },
    );
  }
  const file = chooseBuildFile(".", request.base);
  const beside = lockBeside(file.path);
  const context = BuildContext.open(dirname(file.path), [options.lock.file ?? beside]);
  try {
    return await withWorkspace(
      (workspace) =>
        withLock(beside, options, (lock) =>
          makeForPlatforms(platforms, workspace, options, async (platform, each) => {
            const plan = extended(await readBuildPlan(file, platform, workspace.store), request);
            return makeImage(plan, context, workspace, each, lock);
          }),
        ),
      { packing },
    );
  } finally {
    context.close();
  }
}

function isFile(base: string): boolean {
  return /\.ya?ml$/.test(base);
}

function planOf(request: BaseRequest, platform: Platform): Plan {
  const { base, suite, packages, slices, user, debug } = request;
  const text = ["compose", base, ...(suite === undefined ? [] : [suite]), ...packages].join(" ");
  const asked = { base, suite, packages, slices, user, debug };
  const step = { kind: "compose", text, ...asked, sources: [], debs: [], settings: NO_SETTINGS } as const;
  return { source: text, directory: ".", platform, stages: [{ name: base, steps: [step] }] };
}

/** The plan with what the command line adds: it wins where only one can be. */
function extended(plan: Plan, request: BaseRequest): Plan {
  const change = (step: ComposeStep): ComposeStep => ({
    ...step,
    suite: request.suite ?? step.suite,
    user: request.user ?? step.user,
    debug: request.debug ?? step.debug,
    packages: [...step.packages, ...request.packages],
    slices: [...step.slices, ...request.slices],
  });
  const stages = plan.stages.map(({ name, steps }) => ({
    name,
    steps: steps.map((step) => (step.kind === "compose" ? change(step) : step)),
  }));
  return { ...plan, stages };
}
