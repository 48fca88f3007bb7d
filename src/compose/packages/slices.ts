import { DistillError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import { SLICE_NAMES, type SliceName } from "../../plan/names.ts";
import type { RootPath } from "../../rootfs/path.ts";
import { localeDirectory } from "../settings.ts";

/** A part of packages that an image is better without, under a name. */
export interface Slice {
  readonly name: SliceName;
  readonly what: string;
  readonly matches: RegExp;
  /** Paths that stay although they match. */
  readonly except?: RegExp;
}

/**
 * Paths are as they lie in the image (usr-merged), those of directories with a slash at the end. The copyright file of
 * each package always stays, also where its doc directory is a link to another package's. The first slice that matches
 * names why a path is left out.
 */
const SLICES: readonly Slice[] = [
  {
    name: "documentation",
    what: "manual pages, info and doc files (each package's copyright stays)",
    matches: /^usr\/(?:share\/(?:man|info|doc|doc-base|doc-rst|gtk-doc|help)|lib\/jvm\/[^/]+\/(?:man|docs))\//,
    except: /^usr\/share\/doc\/[^/]+(?:\/copyright)?$/,
  },
  { name: "licenses", what: "full texts of common licences", matches: /^usr\/share\/common-licenses(?:\/|$)/ },
  { name: "translations", what: "message catalogues and localised data", matches: /^usr\/share\/locale\// },
  {
    name: "locales",
    what: "compiled locales but C.UTF-8",
    matches: /^usr\/lib\/locale\//,
    except: /^usr\/lib\/locale\/(?:C\.(?:utf8|UTF-8)\/.*)?$/,
  },
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
      /^(?:etc\/(?:init\.d|init|default|cron\.[a-z]+|cron\.d|logrotate\.d|rc\.d)\/|usr\/lib\/(?:systemd|sysusers\.d|tmpfiles\.d|udev|binfmt\.d)\/|usr\/share\/(?:binfmts|initramfs-tools)\/)/,
  },
  {
    name: "login",
    what: "what a login shell reads: messages of the day, profiles, templates of dot files",
    matches: /^(?:etc\/(?:update-motd\.d\/|issue$|issue\.net$|profile\.d\/)|usr\/share\/base-files\/)/,
  },
  {
    name: "certificate-tools",
    what: "update-ca-certificates and its configuration (the bundle is written when the image is made)",
    matches: /^(?:usr\/sbin\/update-ca-certificates$|etc\/ca-certificates|usr\/share\/ca-certificates(?:-java)?\/)/,
  },
  {
    name: "development",
    what: "headers and files for compilers, debuggers and editors",
    matches:
      /^usr\/(?:include\/|lib\/(?:[^/]+\/)?(?:pkgconfig|cmake)\/|lib\/valgrind\/|share\/(?:pkgconfig|aclocal|gdb|gcc|valgrind|vim|emacs)\/)/,
  },
  {
    name: "gconv",
    what: "glibc's character set converters for iconv (Python and others bring their own)",
    matches: /^usr\/lib\/[^/]+\/gconv\//,
  },
  {
    name: "leap-second-zones",
    what: "time zones that count leap seconds (zoneinfo/right), which POSIX clocks do not",
    matches: /^usr\/share\/zoneinfo\/right\//,
  },
  { name: "static-libraries", what: "archives for the static linker", matches: /^usr\/lib\/.*\.(?:a|la)$/ },
  {
    name: "libc-tools",
    what: "programs of libc-bin: ldd, iconv, getent, locale and others (its C.UTF-8 stays)",
    matches:
      /^usr\/(?:bin\/(?:ldd|iconv|getconf|getent|locale|localedef|pldd|tzselect|zdump|catchsegv|ld\.so)|sbin\/(?:iconvconfig|zic)|lib\/locale\/\.keep|share\/libc-bin\/.*)$/,
  },
  { name: "ldconfig", what: "ldconfig: the cache is written when the image is made", matches: /^usr\/sbin\/ldconfig/ },
  {
    name: "python-tests",
    what: "the test suite of Python, and the C modules that only it uses",
    matches:
      /^usr\/lib\/python(?:2\.7|3\.\d+)\/(?:(?:test|idlelib\/idle_test)\/|lib-dynload\/(?:_test|_ctypes_test|_xxtest|xxlimited))/,
  },
  {
    name: "python-tk",
    what: "IDLE, turtle and its demo, which need Tk",
    matches: /^(?:usr\/lib\/python(?:2\.7|3\.\d+)\/(?:idlelib\/|turtledemo\/|turtle\.py$)|usr\/bin\/idle)/,
  },
  {
    name: "python-ndbm",
    what: "dbm.ndbm, the one user of Berkeley DB (dbm.sqlite3, the default, and dbm.dumb stay)",
    matches: /^usr\/lib\/python(?:2\.7|3\.\d+)\/(?:lib-dynload\/_dbm\.|dbm\/ndbm\.py$)/,
  },
  {
    name: "python-nis",
    what: "the module nis (Yellow Pages; up to Python 3.12), the one user of libnsl, libtirpc and Kerberos",
    matches: /^usr\/lib\/python(?:2\.7|3\.\d+)\/lib-dynload\/nis\./,
  },
  {
    name: "python-unusable",
    what: "modules that cannot be imported here: dbm.gnu (is in python3-gdbm), and two that need ldconfig and distutils",
    matches:
      /^usr\/lib\/python(?:2\.7|3\.\d+)\/(?:dbm\/gnu\.py|_pyrepl\/_minimal_curses\.py|_distutils_system_mod\.py)$/,
  },
  { name: "python-ensurepip", what: "pip's bootstrap", matches: /^usr\/lib\/python(?:2\.7|3\.\d+)\/ensurepip\// },
  {
    name: "python-docs",
    what: "pydoc's topics and its commands",
    matches: /^(?:usr\/lib\/python(?:2\.7|3\.\d+)\/pydoc_data\/|usr\/bin\/pydoc3|usr\/bin\/pygettext3)/,
  },
  {
    name: "python-packaging",
    what: "Debian's commands that compile Python packages when dpkg installs them",
    matches: /^usr\/(?:bin\/py3(?:clean|compile|versions)$|share\/python3\/)/,
  },
  {
    name: "java-wide-archive",
    what: "Java's class data archive for heaps of 32 GB and more and for ZGC, which start slower without it",
    matches: /^usr\/lib\/jvm\/[^/]+\/lib\/server\/classes_nocoops[^/]*\.jsa$/,
  },
];

/** What an image keeps of what slices leave out. */
export interface Kept {
  readonly slices: readonly SliceName[];
  /** Its data and its translations stay. */
  readonly locale: string | undefined;
  /** All that packages bring is unpacked where they have it. */
  readonly everything?: boolean;
}

/** Nothing is asked back. */
export const NOTHING_KEPT: Kept = { slices: [], locale: undefined };

/** As dpkg unpacks packages. */
export const EVERYTHING: Kept = { slices: [], locale: undefined, everything: true };

/** The slice that a path of a package belongs to, or undefined where it belongs to the image. */
export function sliceOf(path: RootPath, kept: Kept = NOTHING_KEPT): Slice | undefined {
  const slice = SLICES.find((each) => each.matches.test(path) && each.except?.test(path) !== true);
  if (slice === undefined || kept.slices.includes(slice.name)) return undefined;
  return kept.locale !== undefined && isOfLocale(path, kept.locale) ? undefined : slice;
}

/** /usr/lib/locale/de_DE.utf8, and what is in German of /usr/share/locale: de, de_DE. */
function isOfLocale(path: RootPath, locale: string): boolean {
  const [, below, name = ""] = /^usr\/(lib|share)\/locale\/([^/]+)\//.exec(path) ?? [];
  if (below === "lib") return name === localeDirectory(locale);
  const territory = locale.replace(/[.@].*/, "");
  return below === "share" && (name === territory || name === territory.replace(/_.*/, ""));
}

/** The slice of that name; CONFIG_INVALID lists those that there are. */
export function sliceNamed(name: string): SliceName {
  const known = SLICE_NAMES.find((each) => each === name);
  if (known !== undefined) return known;
  const guess = nearest(name, SLICE_NAMES);
  throw new DistillError("CONFIG_INVALID", `there is no slice called ${JSON.stringify(name)}`, {
    hint: `${guess === undefined ? "" : `did you mean ${guess}? `}the slices are: ${SLICE_NAMES.join(", ")}`,
  });
}

/** The rules as text: changes whenever they do. */
export function describeSliceRules(): string {
  return SLICES.map(({ name, matches, except }) => `${name} ${matches} ${except ?? ""}`).join("\n");
}

/** What a slice holds, for people. */
export function describeSlice(name: SliceName): string {
  return SLICES.find((slice) => slice.name === name)?.what ?? name;
}
