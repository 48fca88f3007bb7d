import { isDistillError } from "../../lib/errors.ts";
import { formatCanonical, parseReference } from "../reference.ts";

/** The one spelling of an image name; a text that is no image name stays as it is. */
export function canonicalName(text: string): string {
  try {
    return formatCanonical(parseReference(text));
  } catch (error) {
    if (isDistillError(error, "USAGE")) return text;
    throw error;
  }
}
