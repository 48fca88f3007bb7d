import type { DebianRelease } from "../../debian/releases.ts";

/** What images of a language that are built in are called. */
export type ToolchainName = "python" | "golang";

/** A language as Debian has it, in place of the image of that name. */
export interface Toolchain {
  readonly name: ToolchainName;
  /** "Python" */
  readonly language: string;
  /** Version that each release has, the release that is taken first where none is named. */
  readonly versions: Readonly<Record<DebianRelease, string>>;
  /** The package whose version is that of the language, by release. */
  readonly versionPackage: (version: string) => string;
  /** Packages of the image, and those of its slim form. */
  readonly packages: readonly string[];
  readonly slimPackages: readonly string[] | undefined;
}

const FETCHING = ["ca-certificates", "curl", "git", "netbase", "pkg-config"];
const PYTHON = ["ca-certificates", "netbase", "python-is-python3", "python3", "python3-pip", "python3-venv"];

export const TOOLCHAINS: readonly Toolchain[] = [
  {
    name: "python",
    language: "Python",
    versions: { trixie: "3.13", bookworm: "3.11", bullseye: "3.9" },
    versionPackage: (version) => `python${version}`,
    packages: [...new Set([...PYTHON, ...FETCHING])].concat([
      ...["build-essential", "libffi-dev", "libssl-dev", "python3-dev", "zlib1g-dev"],
    ]),
    slimPackages: PYTHON,
  },
  {
    name: "golang",
    language: "Go",
    versions: { trixie: "1.24", bookworm: "1.19", bullseye: "1.15" },
    versionPackage: (version) => `golang-${version}-go`,
    packages: [...FETCHING, "g++", "gcc", "golang-go", "libc6-dev", "make", "openssh-client"],
    slimPackages: undefined,
  },
];
