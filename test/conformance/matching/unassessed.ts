import { covers, type Feeds, installed, type MatchingRow, osv, secdb, tracker } from "../../support/matching.ts";

const HONEST = "Anchore Engine, gate vulnerabilities: vulnerability_data_unavailable";
const ID = "CVE-2024-6000";

function none(rule: string, source: string, pkg: MatchingRow["installed"], feeds: Feeds, reason: RegExp): MatchingRow {
  return { rule, source, installed: pkg, feeds, level: "none", matches: {}, reason };
}

const BOOKWORM: Feeds = { "debian-tracker": [tracker("bookworm", "bash", ID), covers("debian:sid")] };
const PYPI: Feeds = { "osv-pypi": [osv("PyPI", "a", ID, { ranges: [">=0 <2"] })] };
const GO: Feeds = { "osv-go": [osv("Go", "example.com/a", ID, { ranges: [">=0 <2"] })] };
const bash = (system: string) => installed("deb", "bash", "1", { system });

export const UNASSESSED_ROWS: readonly MatchingRow[] = [
  none("no tracker", HONEST, bash("debian-12"), {}, /no data of Debian's security tracker/),
  none("a release that the tracker has not", HONEST, bash("debian-9"), BOOKWORM, /nothing about Debian stretch/),
  none("a number that is no release", HONEST, bash("debian-99"), BOOKWORM, /no known release/),
  none(
    "testing and unstable do not say what they are",
    "os-release(5) of Debian testing has no VERSION_ID",
    bash("debian"),
    BOOKWORM,
    /testing and unstable/,
  ),
  none(
    "a package of no known system",
    "trivy#1525: packages that are not the system's",
    bash(""),
    BOOKWORM,
    /which system/,
  ),
  none(
    "Raspbian builds its packages itself",
    "raspbian.org FAQ: rebuilt for ARMv6, versions of its own",
    bash("raspbian-12"),
    BOOKWORM,
    /packages of raspbian/,
  ),
  none("Kali is not Debian", "kali.org/docs: packages of its own", bash("kali-2024.1"), BOOKWORM, /packages of kali/),
  none(
    "Mint is not Ubuntu",
    "linuxmint.com: packages of its own",
    bash("linuxmint-21"),
    { "osv-ubuntu": [covers("Ubuntu:22.04:LTS")] },
    /packages of linuxmint/,
  ),
  none(
    "Ubuntu without a release",
    "os-release(5)",
    bash("ubuntu"),
    { "osv-ubuntu": [covers("Ubuntu:22.04:LTS")] },
    /which release of Ubuntu/,
  ),
  none(
    "a release of Ubuntu that the feed has not",
    HONEST,
    bash("ubuntu-8.04"),
    { "osv-ubuntu": [covers("Ubuntu:22.04:LTS")] },
    /which release|nothing about/,
  ),
  none("Debian's data is not Ubuntu's", HONEST, bash("ubuntu-22.04"), BOOKWORM, /no data of OSV/),
  none(
    "Wolfi is not Alpine",
    "edu.chainguard.dev: Wolfi's advisories are its own",
    installed("apk", "bash", "1-r0", { system: "wolfi-20230201" }),
    { "alpine-secdb": [secdb("v3.20", "bash", ID, "2-r0")] },
    /packages of wolfi/,
  ),
  none(
    "Chainguard's is not Alpine",
    "edu.chainguard.dev: Wolfi's advisories are its own",
    installed("apk", "bash", "1-r0", { system: "chainguard-20230214" }),
    { "alpine-secdb": [secdb("v3.20", "bash", ID, "2-r0")] },
    /packages of chainguard/,
  ),
  none(
    "a branch of Alpine that no feed has",
    HONEST,
    installed("apk", "bash", "1-r0", { system: "alpine-2.7.9" }),
    { "alpine-secdb": [secdb("v3.20", "bash", ID, "2-r0")] },
    /nothing about Alpine v2\.7/,
  ),
  none(
    "rpm packages",
    "the feeds have none",
    installed("rpm", "bash", "5.2-1", { system: "fedora-41" }),
    BOOKWORM,
    /rpm/,
  ),
  none(
    "programs without a package manager",
    "syft#1296: binary classifiers",
    installed("generic", "busybox", "1.36.1"),
    PYPI,
    /no package manager/,
  ),
  none("Node.js without its index", HONEST, installed("generic", "node", "24.1.0"), PYPI, /no data of Node\.js here/),
  none("another ecosystem's data", HONEST, installed("npm", "a", "1.0.0"), PYPI, /no data of OSV npm/),
  none(
    "a record that some other feed has of the ecosystem is not its data",
    HONEST,
    installed("npm", "a", "1.0.0"),
    { "osv-pypi": [osv("npm", "a", ID, { ranges: [">=0"] })] },
    /no data/,
  ),
  none(
    "a main module that was built from a checkout",
    "go.dev/ref/mod: (devel)",
    installed("golang", "example.com/other", "(devel)"),
    GO,
    /from a checkout/,
  ),
  none(
    "a package without a version, of which nothing is said",
    HONEST,
    installed("pypi", "b", ""),
    PYPI,
    /version is not known/,
  ),
  {
    ...none("a package without a version", HONEST, installed("pypi", "a", ""), PYPI, /version is not known/),
    matches: { [ID]: "unknown" },
  },
  {
    ...none(
      "a module that was built from a checkout",
      "go.dev/ref/mod: (devel)",
      installed("golang", "example.com/a", "(devel)"),
      GO,
      /from a checkout/,
    ),
    matches: { [ID]: "unknown" },
  },
  {
    ...none("a version without a place", "PEP 440", installed("pypi", "a", "1.0-charmander"), PYPI, /no place/),
    matches: { [ID]: "unknown" },
  },
  {
    ...none(
      "a version of apk without a place",
      "apk-tools src/version.c",
      installed("apk", "bash", "v1", { system: "alpine-3.20.3" }),
      { "alpine-secdb": [secdb("v3.20", "bash", ID, "2-r0")] },
      /no place/,
    ),
    matches: { [ID]: "unknown" },
  },
  {
    ...none(
      "a version of dpkg without a place",
      "deb-version(7): no spaces",
      installed("deb", "bash", "not a version", { system: "debian-12" }),
      { "debian-tracker": [tracker("bookworm", "bash", ID, { status: "resolved", fixed: "1" })] },
      /no place/,
    ),
    matches: { [ID]: "unknown" },
  },
  {
    ...none(
      "a version without a place that a record names counts",
      "osv-schema: versions",
      installed("pypi", "a", "1.0-charmander"),
      {},
      /no place/,
    ),
    feeds: {
      "osv-pypi": [
        osv("PyPI", "a", ID, { ranges: [">=0 <2"] }),
        osv("PyPI", "a", "CVE-2024-6001", { versions: ["1.0-charmander"] }),
      ],
    },
    matches: { [ID]: "unknown", "CVE-2024-6001": "yes, not-fixed" },
  },
];
