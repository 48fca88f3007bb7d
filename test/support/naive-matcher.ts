/** A record as OSV publishes it, as far as a second matcher needs it. */
export interface RawRecord {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly withdrawn?: string;
  readonly affected?: readonly {
    readonly package?: { readonly ecosystem: string; readonly name: string };
    readonly versions?: readonly string[];
    readonly ranges?: readonly {
      readonly type: string;
      readonly events: readonly Readonly<Record<string, string>>[];
    }[];
  }[];
}

/** Where a version stands among all others; undefined for what is no version. */
export type Places = (version: string) => number | undefined;

/**
 * Matches a version against raw records about its package, straight from the text of OSV's specification and with nothing of
 * distill's: by the names of each flaw, space between them, whether it is affected. Undefined where some version has no place.
 */
export function naiveMatch(
  records: readonly RawRecord[],
  isPackage: (ecosystem: string, name: string) => boolean,
  version: string,
  places: Places,
): ReadonlyMap<string, boolean> | undefined {
  const flaws: { names: string[]; affected: boolean }[] = [];
  for (const { id, aliases = [], withdrawn, affected = [] } of records) {
    const blocks = affected.filter(({ package: of }) => of !== undefined && isPackage(of.ecosystem, of.name));
    if (withdrawn !== undefined || blocks.length === 0) continue;
    let isAffected = false;
    for (const { versions = [], ranges = [] } of blocks) {
      const events = ranges.filter(({ type }) => type !== "GIT").flatMap((range) => range.events);
      const named = [
        version,
        ...versions,
        ...events.flatMap((event) => Object.values(event)).filter((at) => at !== "*"),
      ];
      if (named.some((each) => places(each) === undefined)) return undefined;
      if (versions.length === 0 && events.length === 0) return undefined;
      const here = places(version) ?? Number.NaN;
      if (versions.some((each) => places(each) === here)) isAffected = true;
      for (const { type, events: all } of ranges) if (type !== "GIT" && isInside(all, here, places)) isAffected = true;
    }
    flaws.push({ names: [id, ...aliases], affected: isAffected });
  }
  while (joinTwo(flaws));
  return new Map(flaws.map(({ names, affected }) => [[...new Set(names)].sort().join(" "), affected]));
}

/** IncludedInRanges of the specification, with "0" in front of all. */
function isInside(events: readonly Readonly<Record<string, string>>[], here: number, places: Places): boolean {
  const at = ({ introduced, fixed, last_affected: last }: Readonly<Record<string, string>>): number =>
    places(introduced ?? fixed ?? last ?? "") ?? Number.NaN;
  let isIn = false;
  for (const event of events.toSorted((a, b) => at(a) - at(b))) {
    if (event.introduced !== undefined && here >= at(event)) isIn = true;
    if (event.fixed !== undefined && here >= at(event)) isIn = false;
    if (event.last_affected !== undefined && here > at(event)) isIn = false;
  }
  return isIn;
}

/** Joins the first two flaws that share a name; false where none do. */
function joinTwo(flaws: { names: string[]; affected: boolean }[]): boolean {
  for (const [index, one] of flaws.entries()) {
    const other = flaws.findIndex((each, at) => at > index && each.names.some((name) => one.names.includes(name)));
    const [joined] = other < 0 ? [] : flaws.splice(other, 1);
    if (joined === undefined) continue;
    one.names.push(...joined.names);
    one.affected ||= joined.affected;
    return true;
  }
  return false;
}
