import type { PackageType } from "../../inventory/package.ts";
import { compareApk, parseApk } from "./apk.ts";
import { compareDpkg, parseDpkg } from "./dpkg.ts";
import { compareGem, parseGem } from "./gem.ts";
import { compareGolang, parseGolang } from "./golang.ts";
import { compareMaven, parseMaven } from "./maven.ts";
import { comparePep440, parsePep440 } from "./pep440.ts";
import { compareRpm, parseRpm } from "./rpm.ts";
import { compareSemver, parseSemver } from "./semver.ts";

/** How the versions of one kind of packages follow one another. */
export interface VersionOrder {
  readonly name: OrderName;
  /** Whether a text is a version of this order, and so has a place in it. */
  has(text: string): boolean;
  /** -1, 0 or 1; undefined where one of them has no place in this order. A total order over all others. */
  compare(a: string, b: string): number | undefined;
}

export type OrderName = "dpkg" | "apk" | "rpm" | "pep440" | "semver" | "golang" | "maven" | "gem";

const dpkg = order("dpkg", parseDpkg, compareDpkg);
const apk = order("apk", parseApk, compareApk);
const rpm = order("rpm", parseRpm, compareRpm);
const pep440 = order("pep440", parsePep440, comparePep440);
const semver = order("semver", parseSemver, compareSemver);
const golang = order("golang", parseGolang, compareGolang);
const maven = order("maven", parseMaven, compareMaven);
const gem = order("gem", parseGem, compareGem);

const ORDERS: Readonly<Record<PackageType, VersionOrder | undefined>> = {
  deb: dpkg,
  apk,
  rpm,
  pypi: pep440,
  npm: semver,
  golang,
  cargo: semver,
  maven,
  gem,
  generic: undefined,
};

/** The order of the versions of a type of packages; undefined for `generic`, which has none of its own. */
export function orderOf(type: PackageType): VersionOrder | undefined {
  return ORDERS[type];
}

function order<V>(
  name: OrderName,
  parse: (text: string) => V | undefined,
  compare: (a: V, b: V) => number,
): VersionOrder {
  const read = remembering(parse);
  return {
    name,
    has: (text) => read(text) !== undefined,
    compare(a, b) {
      const left = read(a);
      const right = read(b);
      return left === undefined || right === undefined ? undefined : Math.sign(compare(left, right));
    },
  };
}

/** More than the records about one package name: what is asked about it is asked again and again. */
const MAX_REMEMBERED = 5000;

/** Remembers what texts were read as; bounded. */
function remembering<V>(parse: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const version = parse(text);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(text, version);
    return version;
  };
}
