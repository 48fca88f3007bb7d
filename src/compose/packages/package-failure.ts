import type { BinaryPackage } from "../../debian/package/package.ts";
import { DistillError, type ErrorCode } from "../../lib/errors.ts";

/** Failures that are about what a package holds, as opposed to the disk or the network. */
const CONTENT: readonly ErrorCode[] = ["FORMAT_INVALID", "LIMIT_EXCEEDED", "UNSUPPORTED", "FILE_CONFLICT"];

/**
 * The failure with the package that it is about in front, since a .deb lies in the cache under a name that says nothing;
 * any other failure as it is.
 */
export function packageFailure(of: Pick<BinaryPackage, "name" | "version">, error: unknown): unknown {
  if (!(error instanceof DistillError) || !CONTENT.includes(error.code)) return error;
  const { code, message, hint } = error;
  return new DistillError(code, `package ${of.name} ${of.version}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}
