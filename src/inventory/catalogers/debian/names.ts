const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,254}$/;
const VERSION = /^[!-~]{1,255}$/;

/** True for a name of a package or an architecture (Debian Policy 5.6.7), in what foreign tools add too; not endless. */
export function isPackageName(text: string): boolean {
  return NAME.test(text);
}

/** True for a version (Debian Policy 5.6.12), in what foreign tools write too: no blanks, not endless. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}
