import type { RootPath } from "../rootfs/path.ts";

/** A part of packages that an image is better without, under a name. */
export interface Slice {
  readonly name: SliceName;
  readonly what: string;
  readonly matches: RegExp;
  /** Paths that stay although they match. */
  readonly except?: RegExp;
}

export type SliceName =
  | "documentation"
  | "licenses"
  | "translations"
  | "packaging"
  | "shell-completion"
  | "desktop"
  | "services"
  | "login"
  | "gconv"
  | "static-libraries"
  | "ldconfig"
  | "python-tests"
  | "python-idle"
  | "python-ensurepip"
  | "python-docs"
  | "python-packaging";

/**
 * Paths are as they lie in the image (usr-merged). The copyright file of each package always stays. The first slice
 * that matches names why a path is left out.
 */
const SLICES: readonly Slice[] = [
  {
    name: "documentation",
    what: "manual pages, info and doc files (each package's copyright stays)",
    matches: /^usr\/share\/(?:man|info|doc|doc-base|doc-rst|gtk-doc|help)\//,
    except: /^usr\/share\/doc\/[^/]+\/copyright$/,
  },
  { name: "licenses", what: "full texts of common licences", matches: /^usr\/share\/common-licenses(?:\/|$)/ },
  { name: "translations", what: "message catalogues and localised data", matches: /^usr\/share\/locale\// },
  {
    name: "packaging",
    what: "files for dpkg, lintian, bug reports and other package tools",
    matches:
      /^(?:usr\/share\/(?:lintian|bug|apport|dpkg|debhelper|perl5\/Debian|python3?\/(?:bcep|runtime\.d|dist))\/|etc\/dpkg\/)/,
  },
  {
    name: "shell-completion",
    what: "completion files of interactive shells",
    matches: /^(?:usr\/share\/(?:bash-completion|zsh|fish)\/|etc\/bash_completion\.d\/)/,
  },
  {
    name: "desktop",
    what: "menu entries, icons and pixmaps",
    matches: /^usr\/share\/(?:applications|pixmaps|icons|menu|metainfo|appdata)\//,
  },
  {
    name: "services",
    what: "units and scripts of init systems, cron and log rotation",
    matches:
      /^(?:etc\/(?:init\.d|init|default|cron\.[a-z]+|cron\.d|logrotate\.d|rc\.d)\/|usr\/lib\/(?:systemd|sysusers\.d|tmpfiles\.d|udev|binfmt\.d)\/|usr\/share\/binfmts\/)/,
  },
  {
    name: "login",
    what: "what a login shell reads: messages of the day, profiles, templates of dot files",
    matches: /^(?:etc\/(?:update-motd\.d\/|issue$|issue\.net$|profile\.d\/)|usr\/share\/base-files\/)/,
  },
  {
    name: "gconv",
    what: "glibc's character set converters for iconv (Python and others bring their own)",
    matches: /^usr\/lib\/[^/]+\/gconv\//,
  },
  { name: "static-libraries", what: "archives for the static linker", matches: /^usr\/lib\/.*\.(?:a|la)$/ },
  { name: "ldconfig", what: "ldconfig: the cache is written when the image is made", matches: /^usr\/sbin\/ldconfig/ },
  {
    name: "python-tests",
    what: "test suites of Python and its packages' own",
    matches:
      /^usr\/lib\/python3(?:\.\d+)?\/(?:test|idlelib\/idle_test|ctypes\/test|unittest\/test|dist-packages\/[^/]+\/tests?)\//,
  },
  {
    name: "python-idle",
    what: "IDLE and the turtle demo, which need Tk",
    matches: /^(?:usr\/lib\/python3\.\d+\/(?:idlelib|turtledemo)\/|usr\/bin\/idle)/,
  },
  { name: "python-ensurepip", what: "pip's bootstrap", matches: /^usr\/lib\/python3\.\d+\/ensurepip\// },
  {
    name: "python-docs",
    what: "pydoc's topics and its commands",
    matches: /^(?:usr\/lib\/python3\.\d+\/pydoc_data\/|usr\/bin\/pydoc3|usr\/bin\/pygettext3)/,
  },
  {
    name: "python-packaging",
    what: "Debian's commands that compile Python packages when dpkg installs them",
    matches: /^usr\/(?:bin\/py3(?:clean|compile|versions)$|share\/python3\/)/,
  },
];

/** The slice that a path of a package belongs to, or undefined where it belongs to the image. */
export function sliceOf(path: RootPath): Slice | undefined {
  return SLICES.find((slice) => slice.matches.test(path) && slice.except?.test(path) !== true);
}

/** What a slice holds, for people. */
export function describeSlice(name: SliceName): string {
  return SLICES.find((slice) => slice.name === name)?.what ?? name;
}
