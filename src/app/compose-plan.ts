import type { Platform } from "../image/platform.ts";
import type { Plan } from "../plan/plan.ts";

/** The plan of `distill compose`: one stage that composes a base and does nothing else. */
export function composePlan(values: {
  readonly base: string;
  readonly suite: string;
  readonly packages: readonly string[];
  readonly user: "root" | "nonroot";
  readonly platform: Platform;
}): Plan {
  const { base, suite, packages, user, platform } = values;
  const text = ["compose", base, suite, ...packages].join(" ");
  return {
    source: text,
    platform,
    stages: [{ name: base, steps: [{ kind: "compose", text, base, suite, packages, user }] }],
  };
}
