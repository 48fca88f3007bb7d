import { type ComposeStep, NO_SETTINGS } from "../../src/plan/compose-step.ts";

/** A compose step that asks for the base `static` and nothing else, but for what is given. */
export function composeStep(asked: Partial<ComposeStep> = {}): ComposeStep {
  return {
    kind: "compose",
    text: "compose static",
    base: "static",
    suite: undefined,
    user: undefined,
    debug: undefined,
    packages: [],
    slices: [],
    sources: [],
    debs: [],
    settings: NO_SETTINGS,
    ...asked,
  };
}
