import { parseReference } from "../../../image/reference.ts";
import { isDistillError } from "../../../lib/errors.ts";
import { buildkitRule } from "../rule.ts";

export const INVALID_DEFAULT_ARG_IN_FROM = buildkitRule(
  "InvalidDefaultArgInFrom",
  "With the defaults of its arguments, FROM should name an image",
  function* ({ defaultImages }) {
    for (const { stage, image: byDefault } of defaultImages) {
      if (isImageName(byDefault)) continue;
      const { image, statement } = stage.from;
      const detail = `Default value for ARG ${image.text} results in empty or invalid base image name`;
      yield { detail, statement, at: image };
    }
  },
);

function isImageName(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (isDistillError(error, "USAGE")) return false;
    throw error;
  }
}
