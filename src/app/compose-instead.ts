import { distrolessImage, isDistrolessName } from "../compose/catalogue/distroless-names.ts";
import { formatFamiliar, type Reference } from "../image/reference.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";

/** The failure to reach a registry, with the hint that the image can be composed where it can. */
export function orCompose(reference: Reference, error: unknown): unknown {
  if (!isDistillError(error, "NETWORK") || !canBeComposed(reference)) return error;
  const { message, hint, cause } = error;
  return new DistillError("NETWORK", message, {
    hint: `distill compose ${formatFamiliar(reference)} makes it from Debian's archive, without a registry; ${hint}`,
    cause,
  });
}

function canBeComposed(reference: Reference): boolean {
  const name = formatFamiliar(reference);
  if (reference.digest !== undefined || !isDistrolessName(name)) return false;
  try {
    distrolessImage(name);
    return true;
  } catch {
    return false;
  }
}
