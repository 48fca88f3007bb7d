import { digestOf } from "../lib/digest.ts";
import type { GroupEntry, UserEntry } from "../plan/compose-step.ts";

/** What the user wants in the root file system beside packages, everything read and ready to be written. */
export interface Settings {
  readonly users: readonly UserEntry[];
  readonly groups: readonly GroupEntry[];
  /** PEM certificates that join the bundle, one a text. */
  readonly certificates: readonly string[];
  /** "Europe/Berlin" */
  readonly timezone: string | undefined;
  /** "de_DE.UTF-8" */
  readonly locale: string | undefined;
  readonly files: readonly FileSetting[];
}

/** An entry to be made, in the order given. */
export interface FileSetting {
  readonly path: string;
  readonly what:
    | { readonly kind: "file"; readonly bytes: Uint8Array }
    | { readonly kind: "link"; readonly target: string }
    | { readonly kind: "directory" };
  /** Permission bits; 0644 for files and 0755 for directories where it is not given. */
  readonly mode: number | undefined;
  /** `USER[:GROUP]`, names of the image or numbers; root where it is not given. */
  readonly owner: string | undefined;
}

/** Nothing beside packages. */
export const NO_SETTINGS: Settings = {
  users: [],
  groups: [],
  certificates: [],
  timezone: undefined,
  locale: undefined,
  files: [],
};

/** True where there is something to write. */
export function hasSettings({ users, groups, certificates, timezone, locale, files }: Settings): boolean {
  const lists = [users, groups, certificates, files];
  return lists.some((list) => list.length > 0) || timezone !== undefined || locale !== undefined;
}

/** The settings as JSON that is equal where they are; bytes by their digest. */
export function describeSettings(settings: Settings): object {
  const files = settings.files.map(({ what, ...rest }) => ({
    ...rest,
    what: what.kind === "file" ? { kind: what.kind, digest: digestOf(what.bytes) } : what,
  }));
  return { ...settings, files };
}

/** The package that has the data of a locale: libc-bin that of C.UTF-8; C and POSIX are built into glibc. */
export function localePackages({ locale }: Settings): readonly string[] {
  if (locale === undefined || /^(?:C|POSIX)$/.test(locale)) return [];
  return isCUtf8(locale) ? ["libc-bin"] : ["locales-all"];
}

/** True for C.UTF-8 in any spelling: the one locale that ships as it is. */
export function isCUtf8(locale: string): boolean {
  return /^C\.utf-?8$/i.test(locale);
}

/** The directory of /usr/lib/locale that holds a locale's data: glibc compares charsets in lower case without hyphens. */
export function localeDirectory(locale: string): string {
  return locale.replace(/\.([^@]+)/, (_, charset: string) => `.${charset.toLowerCase().replaceAll("-", "")}`);
}
