import { parsePlatform } from "../image/platform.ts";
import type { Plan } from "../plan/plan.ts";
import { type MadeImage, type MakeOptions, makeImage } from "./make-image.ts";
import { withWorkspace } from "./workspace.ts";

export interface BaseRequest {
  readonly base: string;
  readonly suite: string;
  readonly packages: readonly string[];
  readonly user: "root" | "nonroot";
  readonly platform: string;
}

/** Composes a base image: a plan of one step. */
export async function composeBase(request: BaseRequest, options: MakeOptions): Promise<MadeImage> {
  const plan = planOf(request);
  return withWorkspace((workspace) => makeImage(plan, undefined, workspace, options));
}

function planOf({ base, suite, packages, user, platform }: BaseRequest): Plan {
  const text = ["compose", base, suite, ...packages].join(" ");
  return {
    source: text,
    platform: parsePlatform(platform),
    stages: [{ name: base, steps: [{ kind: "compose", text, base, suite, packages, user }] }],
  };
}
