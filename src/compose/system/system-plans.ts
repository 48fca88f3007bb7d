import type { DebianRelease } from "../../debian/releases.ts";
import type { TierPlan } from "../choice/resolution.ts";
import type { SystemRequest } from "./system-request.ts";

/** Packages that are Essential, or of priority "required", and apt: what debootstrap calls minbase. */
const MINIMAL = [
  ...["apt", "base-files", "base-passwd", "bash", "bsdutils", "coreutils", "dash", "debconf", "debianutils"],
  ...["diffutils", "dpkg", "findutils", "grep", "gzip", "hostname", "init-system-helpers", "libc-bin"],
  ...["libpam-modules", "libpam-modules-bin", "libpam-runtime", "login", "mawk", "mount", "ncurses-base"],
  ...["ncurses-bin", "passwd", "perl-base", "sed", "sysvinit-utils", "tar", "tzdata", "util-linux"],
];

const FURTHER: Readonly<Record<DebianRelease, readonly string[]>> = {
  trixie: ["login.defs"],
  bookworm: ["e2fsprogs"],
  bullseye: ["e2fsprogs", "gcc-10-base", "gcc-9-base"],
};

/** The layers of a whole Debian, lowest first: the system, and the toolchain on it. */
export function systemPlans({ suite, slim, toolchain }: SystemRequest): readonly TierPlan[] {
  const system = { name: "debian", packages: [...MINIMAL, ...FURTHER[suite]].sort(), pieces: [] };
  if (toolchain === undefined) return [system];
  const packages = (slim ? toolchain.slimPackages : undefined) ?? toolchain.packages;
  return [system, { name: toolchain.name, packages: packages.toSorted(), pieces: [] }];
}

/** How the history of an image tells a layer. */
export function layerTitle({ name }: Pick<TierPlan, "name">, { suite }: SystemRequest): string {
  return `distill compose ${name} (Debian ${suite}, with apt)`;
}
