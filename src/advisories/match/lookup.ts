import type { PackageType } from "../../inventory/package.ts";
import type { FeedId, Level } from "../feed.ts";
import { storedName } from "../stored-name.ts";
import { debianCodename, sourceOf } from "./debian-package.ts";
import { systemOf } from "./system-of.ts";
import type { MatchedPackage } from "./verdict.ts";

/** Where advisories about a package are to be found, if anywhere; what data there is has no part in it. */
export type Lookup = Place | Nowhere;

export interface Place {
  readonly kind: "place";
  /** What an answer is worth at best. */
  readonly level: Exclude<Level, "none">;
  /** Any of them is enough. */
  readonly ecosystems: readonly { readonly feed: FeedId; readonly ecosystem: string }[];
  /** Ubuntu: where the fixes are that only Ubuntu Pro has. */
  readonly pro: string | undefined;
  /** As storedName() has it. */
  readonly name: string;
  /** The one that is compared. */
  readonly version: string;
  /** For people: "Debian 13 (trixie)", "PyPI". */
  readonly what: string;
}

export interface Nowhere {
  readonly kind: "nowhere";
  readonly reason: string;
}

/** Which ecosystem a package is looked up in, under which name and version. */
export function lookUp(pkg: MatchedPackage): Lookup {
  const { type, name, version } = pkg.facts;
  switch (type) {
    case "deb":
      return ofDeb(pkg);
    case "apk":
      return ofApk(pkg);
    case "rpm":
      return nowhere("distill has no feed about rpm packages");
    case "generic":
      return name === "node" ? library("nodejs-core", "node", "node", version) : nowhere(NO_MANAGER);
    default: {
      const [feed, ecosystem] = LIBRARIES[type];
      return library(feed, ecosystem, storedName(ecosystem, name), version);
    }
  }
}

const NO_MANAGER = "no feed is about programs that no package manager installed, other than Node.js";

const LIBRARIES: Readonly<
  Record<Exclude<PackageType, "deb" | "apk" | "rpm" | "generic">, readonly [feed: FeedId, ecosystem: string]>
> = {
  pypi: ["osv-pypi", "PyPI"],
  npm: ["osv-npm", "npm"],
  golang: ["osv-go", "Go"],
  cargo: ["osv-crates", "crates.io"],
  maven: ["osv-maven", "Maven"],
  gem: ["osv-rubygems", "RubyGems"],
};

function library(feed: FeedId, ecosystem: string, name: string, version: string): Place {
  return {
    kind: "place",
    level: "full",
    ecosystems: [{ feed, ecosystem }],
    pro: undefined,
    name,
    version,
    what: ecosystem === "node" ? "Node.js" : ecosystem,
  };
}

function ofDeb({ facts, purl }: MatchedPackage): Lookup {
  const { id, version } = systemOf(purl);
  const place = { kind: "place", level: "full", ...sourceOf(facts) } as const;
  if (id === "debian") {
    const codename = debianCodename(version);
    if (codename === undefined) {
      return nowhere(
        version === ""
          ? "it does not say of which release of Debian it is: testing and unstable do not"
          : `Debian ${version} is no known release of Debian`,
      );
    }
    const ecosystems = [{ feed: "debian-tracker", ecosystem: `debian:${codename}` }] as const;
    return { ...place, ecosystems, pro: undefined, what: `Debian ${codename}` };
  }
  if (id === "ubuntu") {
    const [, release, year = "", month] = /^((\d{2})\.(\d{2}))(?:\.\d+)?$/.exec(version) ?? [];
    if (release === undefined) return nowhere("it does not say of which release of Ubuntu it is");
    const full = month === "04" && Number(year) % 2 === 0 ? `${release}:LTS` : release;
    const ecosystems = [{ feed: "osv-ubuntu", ecosystem: `Ubuntu:${full}` }] as const;
    return { ...place, ecosystems, pro: `Ubuntu:Pro:${full}`, what: `Ubuntu ${release}` };
  }
  return ofStranger(id);
}

function ofApk({ facts, purl }: MatchedPackage): Lookup {
  const { id, version } = systemOf(purl);
  if (id !== "alpine") return ofStranger(id);
  const branch = alpineBranch(version);
  if (branch === undefined) return nowhere("it does not say of which release of Alpine it is");
  return {
    kind: "place",
    level: "fixes-only",
    ecosystems: [
      { feed: "alpine-secdb", ecosystem: `secdb:${branch}` },
      { feed: "osv-alpine", ecosystem: `Alpine:${branch}` },
    ],
    pro: undefined,
    ...sourceOf(facts),
    what: `Alpine ${branch}`,
  };
}

/** `v3.20` of "3.20.3"; edge calls itself `edge`, or by the release that it is to become: `3.21.0_alpha20240807`. */
function alpineBranch(version: string): string | undefined {
  if (version === "edge" || /^\d+\.\d+\.\d+_(?:alpha|git)\d+$/.test(version)) return "edge";
  const [, branch] = /^v?(\d{1,3}\.\d{1,3})(?:[._].*)?$/.exec(version) ?? [];
  return branch === undefined ? undefined : `v${branch}`;
}

/** Derived systems build and fix packages themselves: what Debian, Ubuntu or Alpine say is not about theirs. */
function ofStranger(id: string): Nowhere {
  return nowhere(
    id === "" ? "it does not say of which system it is" : `distill has no feed about the packages of ${id}`,
  );
}

function nowhere(reason: string): Nowhere {
  return { kind: "nowhere", reason };
}
