import type { BinaryPackage } from "../../debian/package/package.ts";
import type { Relation } from "../../debian/package/relation.ts";

/** Packages that others depend on only for their maintainer scripts, which are never run. */
const FOR_SCRIPTS: ReadonlySet<string> = new Set([
  "adduser",
  "awk",
  "cdebconf",
  "debconf",
  "debconf-2.0",
  "dpkg",
  "init-system-helpers",
  "install-info",
  "lsb-base",
  "sysvinit-utils",
  "ucf",
  "update-inetd",
]);

/** Single dependencies that are not followed, where others may well need the package itself. */
const EDGES: ReadonlyMap<string, string> = new Map([
  ["ca-certificates openssl", "update-ca-certificates is not run: distill writes the bundle"],
  [
    "libpython2.7-stdlib mime-support",
    "mimetypes.py reads /etc/mime.types, which is in media-types; the rest needs Perl",
  ],
]);

/** The rules as text: changes whenever they do. */
export function describeIgnoredDependencies(): string {
  return JSON.stringify([[...FOR_SCRIPTS], [...EDGES]]);
}

/**
 * Why a dependency of `from` is not followed, or undefined where it is. (That Essential packages are never pulled in is
 * the resolver's rule.)
 */
export function ignoredDependency(from: BinaryPackage, relation: Relation): string | undefined {
  if (FOR_SCRIPTS.has(relation.name)) return "only maintainer scripts use it, and they are not run";
  return EDGES.get(`${from.name} ${relation.name}`);
}
