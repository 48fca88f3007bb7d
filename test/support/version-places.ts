import { execFileSync } from "node:child_process";
import { parse } from "semver";
import type { PackageType } from "../../src/inventory/package.ts";
import type { Places, RawRecord } from "./naive-matcher.ts";
import { PACKAGING_PARSE } from "./packaging-parse.ts";

/** All versions that records name, in lists and events. */
export function versionsIn(records: readonly RawRecord[] | undefined): readonly string[] {
  return (records ?? []).flatMap(({ affected = [] }) =>
    affected.flatMap(({ versions = [], ranges = [] }) => [
      ...versions,
      ...ranges.flatMap(({ type, events }) => (type === "GIT" ? [] : events.flatMap((event) => Object.values(event)))),
    ]),
  );
}

/** Python's own library for PyPI, npm's for the others: both know nothing of distill's orders. */
export function placesOf(type: PackageType, versions: readonly string[]): Places {
  const distinct = [...new Set(versions)];
  const places = type === "pypi" ? placesByPackaging(distinct) : placesBySemver(distinct);
  return (version) => (version === "0" ? -1 : places.get(version));
}

function placesBySemver(versions: readonly string[]): ReadonlyMap<string, number> {
  const read = versions.flatMap((text) => {
    const version = parse(text.replace(/^(\d+)(?:\.(\d+))?(?=$|-)/, (_, major, minor = "0") => `${major}.${minor}.0`));
    return version === null ? [] : [{ text, version }];
  });
  read.sort((a, b) => a.version.compare(b.version));
  const places = new Map<string, number>();
  let place = 0;
  for (const [index, { text, version }] of read.entries()) {
    if (index > 0 && read[index - 1]?.version.compare(version) !== 0) place++;
    places.set(text, place);
  }
  return places;
}

/** Writes the place of each version, "?" for what is none. */
const PLACES = `${PACKAGING_PARSE}versions = [parse(line) for line in sys.stdin.read().split("\\n")[:-1]]
places = {version: place for place, version in enumerate(sorted({v for v in versions if v is not None}))}
for version in versions:
    print("?" if version is None or version.local else places[version])
`;

function placesByPackaging(versions: readonly string[]): ReadonlyMap<string, number> {
  const input = `${versions.join("\n")}\n`;
  const output = execFileSync("python3", ["-c", PLACES], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  const lines = output.trimEnd().split("\n");
  return new Map(
    versions.flatMap((version, index) => (lines[index] === "?" ? [] : [[version, Number(lines[index])] as const])),
  );
}
