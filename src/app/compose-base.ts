import { parsePacking } from "../image/packing.ts";
import type { Platform } from "../image/platform.ts";
import type { Plan } from "../plan/plan.ts";
import { type MakeOptions, makeImage } from "./make-image.ts";
import { type MadeImages, makeForPlatforms, parsePlatforms } from "./make-platforms.ts";
import { withWorkspace } from "./workspace.ts";

export interface BaseRequest {
  readonly base: string;
  readonly suite: string;
  readonly packages: readonly string[];
  readonly user: "root" | "nonroot";
  /** One platform, or several with commas. */
  readonly platform: string;
}

/** Composes a base image: a plan of one step. */
export async function composeBase(request: BaseRequest, options: MakeOptions): Promise<MadeImages> {
  const platforms = parsePlatforms(request.platform);
  return withWorkspace(
    (workspace) =>
      makeForPlatforms(platforms, workspace, options, (platform, each) =>
        makeImage(planOf(request, platform), undefined, workspace, each),
      ),
    { packing: parsePacking(options.compression) },
  );
}

function planOf({ base, suite, packages, user }: BaseRequest, platform: Platform): Plan {
  const text = ["compose", base, suite, ...packages].join(" ");
  return {
    source: text,
    platform,
    stages: [{ name: base, steps: [{ kind: "compose", text, base, suite, packages, user }] }],
  };
}
