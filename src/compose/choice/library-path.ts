import type { RootPath } from "../../rootfs/path.ts";

/** True for the name of a shared library in a directory that the loader searches without being told. */
export function isLibraryPath(path: RootPath): boolean {
  return /^usr\/lib(?:64)?\/(?:[^/]+-linux-gnu[^/]*\/(?:glibc-hwcaps\/[^/]+\/)?)?[^/]+\.so(?:\.[^/]*)?$/s.test(path);
}
