import type { Candidate } from "../choice/closure.ts";
import type { Payload } from "../packages/payload.ts";
import { toolchainScript } from "./system-files.ts";
import type { SystemRequest } from "./system-request.ts";

/** Fixed, so that scripts find the same world everywhere. Python compiles by SOURCE_DATE_EPOCH: modules stay valid whatever their times. */
export function scriptEnvironment(timestamp: number): readonly string[] {
  return [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...["HOME=/root", "LC_ALL=C.UTF-8", "TZ=UTC", "TERM=dumb", `SOURCE_DATE_EPOCH=${timestamp}`],
    ...["DEBIAN_FRONTEND=noninteractive", "DEBCONF_NONINTERACTIVE_SEEN=true", "DEBCONF_NOWARNINGS=yes"],
    ...["DPKG_ROOT=", "DPKG_ADMINDIR=/var/lib/dpkg", "DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1"],
  ];
}

/** As dpkg runs a script that comes before unpacking: debconf asks the file `control` beside it whose it is. */
const PREINST = [
  "preinst() {",
  "  name=$1 architecture=$2 files=$3",
  "  shift 3",
  "  mkdir /var/lib/dpkg/tmp.ci",
  "  echo Package: $name > /var/lib/dpkg/tmp.ci/control",
  "  for each; do cp -p /var/lib/dpkg/info/$files.$each /var/lib/dpkg/tmp.ci/$each; done",
  "  DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_PACKAGE=$name DPKG_MAINTSCRIPT_ARCH=$architecture \\",
  "    /var/lib/dpkg/tmp.ci/preinst install",
  "  rm -r /var/lib/dpkg/tmp.ci",
  "}",
];

/**
 * What brings packages that are unpacked into their place: the scripts that go before unpacking, as far as they have something to do
 * on a new system, then dpkg, which runs all others in the right order. (mmdebstrap and debootstrap run all of them on files
 * that are there already, too.)
 */
export function configureScript(
  payloads: readonly Payload[],
  candidates: readonly Candidate[],
  request: SystemRequest,
  isSystem: boolean,
): string {
  const before = dependenciesFirst(candidates)
    .map((name) => payloads.find((payload) => payload.package.name === name))
    .filter((payload) => payload?.controlFiles?.some(({ name }) => name === "preinst"))
    .map((payload) => preinst(payload as Payload));
  return [
    "set -e",
    "cd /",
    ...PREINST,
    ...before,
    "dpkg --configure --pending",
    "dpkg --audit >&2",
    isSystem ? "" : toolchainScript(request),
  ].join("\n");
}

/** Names of packages, architectures and control files have no character that means anything to a shell. */
function preinst({ package: { name, architecture, multiArch }, controlFiles = [] }: Payload): string {
  const files = multiArch === "same" ? `${name}:${architecture}` : name;
  return ["preinst", name, architecture, files, ...controlFiles.map((each) => each.name)].join(" ");
}

/** base-passwd, whose accounts others look up, then each package behind what it depends on, else by name. */
function dependenciesFirst(candidates: readonly Candidate[]): readonly string[] {
  const byName = new Map(candidates.map((candidate) => [candidate.package.name, candidate]));
  const ordered = new Set<string>();
  const begun = new Set<string>();
  const add = (name: string): void => {
    if (begun.has(name)) return;
    begun.add(name);
    for (const dependency of byName.get(name)?.dependencies ?? []) if (byName.has(dependency)) add(dependency);
    ordered.add(name);
  };
  if (byName.has("base-passwd")) ordered.add("base-passwd");
  for (const name of [...byName.keys()].sort()) add(name);
  return [...ordered];
}
