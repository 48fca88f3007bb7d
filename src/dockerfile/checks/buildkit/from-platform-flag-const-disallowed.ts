import type { Platform } from "../../../image/platform.ts";
import { parsePlatform } from "../../../image/platform.ts";
import { isDistillError } from "../../../lib/errors.ts";
import { quoteGo } from "../../graph/go-format.ts";
import { buildkitRule } from "../rule.ts";

export const FROM_PLATFORM_FLAG_CONST_DISALLOWED = buildkitRule(
  "FromPlatformFlagConstDisallowed",
  "A platform that is written into FROM keeps the image from being built for others",
  function* ({ froms }) {
    for (const { stage, platform } of froms) {
      if (platform === undefined || platform.references.length > 0) continue;
      const parsed = platformOf(platform.text);
      if (parsed === undefined) continue;
      // A stage that says in its name what it is for means it.
      const { name = "" } = stage;
      if (name.includes(parsed.os) || name.includes(parsed.architecture)) continue;
      const detail = `FROM --platform flag should not use constant value ${quoteGo(platform.text)}`;
      yield { detail, statement: stage.from.statement, at: stage.from.platform };
    }
  },
);

function platformOf(text: string): Platform | undefined {
  try {
    return parsePlatform(text);
  } catch (error) {
    if (isDistillError(error, "USAGE")) return undefined;
    throw error;
  }
}
