import type { DebianRelease } from "../../debian/releases.ts";
import type { BaseName } from "../../plan/names.ts";
import type { PieceName } from "../pieces/piece.ts";

/** What a tier is made of in one release of Debian. */
export interface TierParts {
  /** Debian packages that always stay, whatever needs them. libc-bin is there for its locale C.UTF-8. */
  readonly packages: readonly string[];
  readonly entrypoint?: readonly string[];
}

/**
 * One step of the catalogue: what it adds to the tier below it. Each tier is a layer of its own, the same bytes in
 * every image that stands on it.
 */
export interface Tier {
  readonly name: BaseName;
  readonly below: BaseName | undefined;
  readonly summary: string;
  /** The releases that have it, the one that it is taken from by default first. */
  readonly parts: Readonly<Partial<Record<DebianRelease, TierParts>>>;
  /** What maintainer scripts would have made, written by distill after the packages are unpacked. */
  readonly pieces: readonly PieceName[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the graphical classes of a JRE load, and the package that has Java's trust store. */
const JAVA = [
  ...["ca-certificates-java", "fontconfig-config", "fonts-dejavu-core", "libbrotli1", "libbz2-1.0", "libcrypt1"],
  ...[
    "libc-bin",
    "libexpat1",
    "libfontconfig1",
    "libfreetype6",
    "libgcc-s1",
    "libjpeg62-turbo",
    "liblcms2-2",
    "libstdc++6",
  ],
  ...["libuuid1", "zlib1g"],
];

function java(version: number, release: DebianRelease): Omit<Tier, "name"> {
  return {
    below: "java-base",
    summary: `java-base with OpenJDK ${version}'s runtime, headless`,
    parts: {
      // libharfbuzz0b: what lays out text in images, for which the full JRE has the dependency.
      [release]: {
        packages: [`openjdk-${version}-jre-headless`, "libharfbuzz0b"],
        entrypoint: ["/usr/bin/java", "-jar"],
      },
    },
    pieces: ["ld-so-cache"],
    env: {},
  };
}

const STATIC = ["base-files", "ca-certificates", "media-types", "netbase", "tzdata"];

/** All tiers, smaller ones before those that stand on them. */
export const TIERS: readonly Tier[] = [
  {
    name: "static",
    below: undefined,
    summary: "for static binaries: certificates, time zones, accounts",
    parts: {
      trixie: { packages: [...STATIC, "tzdata-legacy"] },
      bookworm: { packages: STATIC },
      bullseye: { packages: STATIC },
    },
    pieces: ["skeleton", "accounts", "os-release", "name-service", "certificates"],
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt",
    },
  },
  {
    name: "base-nossl",
    below: "static",
    summary: "static with glibc, for dynamically linked programs",
    parts: {
      trixie: { packages: ["libc6"] },
      bookworm: { packages: ["libc6"] },
      bullseye: { packages: ["libc6"] },
    },
    pieces: ["ld-so-cache"],
    env: {},
  },
  {
    name: "base",
    below: "base-nossl",
    summary: "base-nossl with OpenSSL",
    parts: {
      trixie: { packages: ["libssl3t64", "libzstd1", "zlib1g"] },
      bookworm: { packages: ["libssl3"] },
      bullseye: { packages: ["libssl1.1"] },
    },
    pieces: ["openssl-default", "ld-so-cache"],
    env: {},
  },
  {
    name: "cc",
    below: "base",
    summary: "base with the C++, OpenMP and GCC runtimes",
    parts: {
      trixie: { packages: ["gcc-14-base", "libgcc-s1", "libgomp1", "libstdc++6"] },
      bookworm: { packages: ["gcc-12-base", "libgcc-s1", "libgomp1", "libstdc++6"] },
      bullseye: { packages: ["gcc-10-base", "libgcc-s1", "libgomp1", "libstdc++6"] },
    },
    pieces: ["ld-so-cache"],
    env: {},
  },
  {
    name: "python3",
    below: "base",
    summary: "base with Python 3 and its standard library (3.13 on trixie, 3.11 on bookworm)",
    parts: {
      trixie: { packages: ["libc-bin", "python3"], entrypoint: ["/usr/bin/python3.13"] },
      bookworm: { packages: ["libc-bin", "python3"], entrypoint: ["/usr/bin/python3.11"] },
    },
    pieces: ["python", "ld-so-cache"],
    env: { LANG: "C.UTF-8" },
  },
  {
    name: "python3.9",
    below: "base",
    summary: "base with Python 3.9, which is past its end of life",
    parts: { bullseye: { packages: ["libc-bin", "python3"], entrypoint: ["/usr/bin/python3.9"] } },
    pieces: ["python", "ld-so-cache"],
    env: { LANG: "C.UTF-8" },
  },
  {
    name: "python2.7",
    below: "base",
    summary: "base with Python 2.7, which is past its end of life",
    parts: {
      bullseye: {
        packages: ["libc-bin", "libpython2.7-stdlib", "python2.7-minimal"],
        entrypoint: ["/usr/bin/python2.7"],
      },
    },
    pieces: ["python", "ld-so-cache"],
    env: { LANG: "C.UTF-8" },
  },
  {
    name: "java-base",
    below: "base-nossl",
    summary: "base-nossl with what a Java runtime needs: fonts, its trust store, libraries",
    parts: {
      trixie: { packages: [...JAVA, "gcc-14-base", "libpng16-16t64"] },
      bookworm: { packages: [...JAVA, "gcc-12-base", "libpng16-16"] },
    },
    pieces: ["ld-so-cache"],
    env: { LANG: "C.UTF-8" },
  },
  { name: "java17", ...java(17, "bookworm") },
  { name: "java21", ...java(21, "trixie") },
  { name: "java25", ...java(25, "trixie") },
];
