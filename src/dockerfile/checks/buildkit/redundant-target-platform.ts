import { buildkitRule } from "../rule.ts";

const NAME = "TARGETPLATFORM";

export const REDUNDANT_TARGET_PLATFORM = buildkitRule(
  "RedundantTargetPlatform",
  "$TARGETPLATFORM is what FROM takes anyway",
  function* ({ froms }) {
    for (const { stage, platform, target } of froms) {
      const { platform: word, statement } = stage.from;
      if (word === undefined || platform === undefined) continue;
      const { references, text } = platform;
      // Were there other variables, they would change the platform at other times.
      if (references.length === 0 || references.some(({ name, set }) => name !== NAME || !set)) continue;
      if (text !== target) continue;
      const detail = `Setting platform to predefined ${word.text} in FROM is redundant as this is the default behavior`;
      yield { detail, statement, at: word };
    }
  },
);
