/**
 * Begins a stage with a base that is composed from Debian packages. Everything is as the user wrote it: names are not
 * looked up yet, and paths are relative to `Plan.directory`.
 */
export interface ComposeStep {
  readonly kind: "compose";
  readonly text: string;
  /** A base of the catalogue, or a name of gcr.io/distroless. */
  readonly base: string;
  /** Codename of the Debian release; where it is not given, the one that the base is of. */
  readonly suite: string | undefined;
  readonly user: "root" | "nonroot" | undefined;
  readonly debug: boolean | undefined;
  /** Debian packages beside those of the base: `NAME` or `NAME=VERSION`. */
  readonly packages: readonly string[];
  /** Names of slices that are not to be left out. */
  readonly slices: readonly string[];
  readonly sources: readonly SourceEntry[];
  readonly debs: readonly DebEntry[];
  readonly settings: SettingEntries;
}

/** A further apt source. */
export interface SourceEntry {
  /** Address of the archive; Debian's own where it is not given. */
  readonly uri: string | undefined;
  readonly suite: string;
  readonly components: readonly string[];
  /** Path of a file of OpenPGP keys; not needed for Debian's own archive. */
  readonly key: string | undefined;
}

/** A .deb that the user has. */
export interface DebEntry {
  readonly path: string;
  readonly digest: string;
}

/** What a composed root file system has beside packages. */
export interface SettingEntries {
  readonly users: readonly UserEntry[];
  readonly groups: readonly GroupEntry[];
  /** Paths of PEM files. */
  readonly certificates: readonly string[];
  /** "Europe/Berlin" */
  readonly timezone: string | undefined;
  /** "de_DE.UTF-8" */
  readonly locale: string | undefined;
  readonly files: readonly FileEntry[];
}

export interface UserEntry {
  readonly name: string;
  readonly uid: number;
  /** The group of the same number where it is not given. */
  readonly gid: number | undefined;
  readonly home: string | undefined;
  readonly shell: string | undefined;
  /** Further groups that the user is a member of, by name. */
  readonly groups: readonly string[];
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
}

/** One of `content`, `from`, `link` and `directory` says what there is to be at `path`. */
export interface FileEntry {
  readonly path: string;
  readonly content: string | undefined;
  /** Path of a file. */
  readonly from: string | undefined;
  /** Target of a symbolic link. */
  readonly link: string | undefined;
  readonly directory: boolean;
  /** Permission bits. */
  readonly mode: number | undefined;
  /** `USER[:GROUP]` */
  readonly owner: string | undefined;
}

/** A step that asks for a base and nothing else. */
export const NO_SETTINGS: SettingEntries = {
  users: [],
  groups: [],
  certificates: [],
  timezone: undefined,
  locale: undefined,
  files: [],
};
