import { parseDockerfile } from "../../src/dockerfile/dockerfile.ts";
import { planDockerfile } from "../../src/dockerfile/graph/plan-dockerfile.ts";
import type { BaseResolver, PlanRequest } from "../../src/dockerfile/graph/request.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Plan } from "../../src/plan/plan.ts";

/** What every base of the goldens was resolved to. */
export const GOLDEN_BASE: BaseResolver = {
  resolve: async () => ({
    author: undefined,
    config: {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "BASE=base"],
      Cmd: ["/bin/sh"],
      WorkingDir: "/",
    },
    history: [{ created: "2020-01-01T00:00:00Z", created_by: "base layer" }],
  }),
};

/** The request that the goldens were made with. */
export const GOLDEN_REQUEST: PlanRequest = {
  directory: ".",
  target: undefined,
  arguments: new Map(),
  contexts: new Map(),
  platform: parsePlatform("linux/amd64"),
  buildPlatform: parsePlatform("linux/amd64"),
};

export async function planText(
  text: string,
  request: Partial<PlanRequest> = {},
  resolver: BaseResolver = GOLDEN_BASE,
): Promise<Plan> {
  return planDockerfile(parseDockerfile(text), { ...GOLDEN_REQUEST, ...request }, resolver);
}
