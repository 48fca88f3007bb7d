import { comparePaths } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { FilesClaim, PackageClaim, SystemClaim } from "./claim.ts";
import type { ComposedLayer } from "./composed-layer.ts";
import type { FoundPackage, PackageLocation } from "./found-package.ts";
import type { LayerStory } from "./layer-story.ts";
import type { PackageFacts, PackageType } from "./package.ts";
import { packageUrl } from "./purl.ts";
import { claimsOfKind, type StandingClaim } from "./standing.ts";

const OF_SYSTEM: ReadonlySet<PackageType> = new Set(["deb", "apk", "rpm"]);

/** Where a package has a record for itself, which is a file of it then. */
const RECORD_EACH = "var/lib/dpkg/status.d/";

/** Packages of one name to which one list of files can go: one for each architecture. */
const MAX_NAMED = 50;

/** What a package was found to be, while further places of it are added. */
interface Gathered {
  readonly facts: PackageFacts;
  readonly purl: string;
  readonly locations: PackageLocation[];
  readonly files: string[];
  readonly directories: string[];
  readonly md5: Map<string, string>;
  listedIn: number;
  readonly carriedIn: Map<string, number>;
  readonly carriedFrom: string | undefined;
}

/**
 * The packages that records in the image speak of, and those that steps copied from elsewhere without their records; by kind, then name.
 * One that is recorded in several places is one package. What other records add (files, licences) is joined to it.
 */
export function findPackages(
  claims: readonly StandingClaim[],
  stories: readonly LayerStory[],
  tree: Tree,
): { readonly packages: readonly FoundPackage[]; readonly system: SystemClaim | undefined } {
  const system = claimsOfKind(claims, "system").at(-1)?.claim;
  const gathered = new Map<string, Gathered>();
  for (const { claim, record, layer } of claimsOfKind(claims, "package")) {
    const purl = packageUrl(claim.package, system);
    const files = record.startsWith(RECORD_EACH) ? [...claim.files, record] : claim.files;
    add(gathered, { ...claim, files, purl }, { record, layer, inside: claim.inside }, undefined);
  }
  joinFiles(gathered, claimsOfKind(claims, "files"));
  const licences = new Licences(claims, tree);
  for (const { composed } of stories) if (composed !== undefined) joinUnlisted(gathered, composed);
  for (const [layer, { moves, recognised = [] }] of stories.entries()) {
    for (const { origin, packages } of [...moves, ...recognised]) {
      for (const { package: facts, purl, files } of packages) {
        const [record] = files;
        if (record === undefined) continue;
        add(gathered, { purl, package: facts, files, directories: [] }, { record, layer, inside: undefined }, origin);
      }
    }
  }
  const packages = [...gathered.values()]
    .sort((a, b) => orderOf(a, b))
    .map((each): FoundPackage => {
      const isOfSystem = OF_SYSTEM.has(each.facts.type);
      const own = each.facts.licenses;
      const licenses = own.length > 0 ? own : licences.of(each.facts);
      return { ...each, facts: { ...each.facts, licenses }, isOfSystem };
    });
  return { packages, system };
}

function add(
  gathered: Map<string, Gathered>,
  claim: Pick<PackageClaim, "package" | "files" | "directories"> & { readonly purl: string },
  location: PackageLocation,
  carriedFrom: string | undefined,
): void {
  const { purl } = claim;
  const known = gathered.get(purl);
  if (known !== undefined) {
    known.locations.push(location);
    if (carriedFrom === undefined) known.listedIn = Math.max(known.listedIn, location.layer);
    else for (const file of claim.files) known.carriedIn.set(file, location.layer);
    // Not spread: lists can be longer than a call has room for arguments.
    for (const file of claim.files) known.files.push(file);
    for (const directory of claim.directories) known.directories.push(directory);
    return;
  }
  gathered.set(purl, {
    facts: claim.package,
    purl,
    locations: [location],
    files: [...claim.files],
    directories: [...claim.directories],
    md5: new Map(),
    listedIn: location.layer,
    carriedIn: new Map(carriedFrom === undefined ? [] : claim.files.map((file) => [file, location.layer])),
    carriedFrom,
  });
}

/** Lists of files go to the package of that name, of each architecture where they name none. */
function joinFiles(gathered: ReadonlyMap<string, Gathered>, lists: readonly StandingClaim<FilesClaim>[]): void {
  const byName = Map.groupBy(gathered.values(), ({ facts }) => `${facts.type} ${facts.name}`);
  const byRecord = new Map<string, Gathered>();
  for (const each of gathered.values()) for (const { record } of each.locations) byRecord.set(record, each);
  const packagesOf = ({ record, claim }: StandingClaim<FilesClaim>): readonly Gathered[] => {
    const beside = record.startsWith(RECORD_EACH) ? byRecord.get(record.replace(/\.md5sums$/, "")) : undefined;
    if (beside !== undefined) return [beside];
    const { type, name, architecture } = claim;
    const named = byName.get(`${type} ${name}`)?.slice(0, MAX_NAMED) ?? [];
    return named.filter(({ facts }) => architecture === undefined || architecture === facts.architecture);
  };
  const withList = new Set(lists.flatMap((each) => (each.claim.md5.length === 0 ? packagesOf(each) : [])));
  const listed = new Set<Gathered>();
  for (const list of lists) {
    const { claim, record, layer } = list;
    for (const each of packagesOf(list)) {
      // Checksums still have what another package took over; the list has not.
      const isTold = claim.md5.length > 0 && withList.has(each);
      if (!isTold) for (const file of claim.files) each.files.push(file);
      each.files.push(record);
      // A database is written anew with each package, its lists only with theirs.
      each.listedIn = listed.has(each) ? Math.max(each.listedIn, layer) : layer;
      listed.add(each);
      for (const [index, md5] of claim.md5.entries()) {
        const path = claim.files[index];
        if (path !== undefined) each.md5.set(path, md5);
      }
    }
  }
}

/** Package URLs of a composition say nothing of the system's version. */
function joinUnlisted(gathered: ReadonlyMap<string, Gathered>, { unlisted }: ComposedLayer): void {
  const byUrl = new Map(gathered.values().map((each) => [each.purl.replace(/&distro=.*$/, ""), each] as const));
  for (const { purl, files } of unlisted) for (const file of files) byUrl.get(purl)?.files.push(file);
}

/** By kind, name and version; package URLs of one name would stand apart. */
function orderOf(a: Gathered, b: Gathered): number {
  return (
    comparePaths(a.facts.type, b.facts.type) ||
    comparePaths(a.facts.name.toLowerCase(), b.facts.name.toLowerCase()) ||
    comparePaths(a.purl, b.purl)
  );
}

/** Licences that stand in files of their own. Several packages may share one, by links among their directories. */
class Licences {
  readonly #byPlace = new Map<string, readonly string[]>();
  readonly #byName = new Map<string, readonly string[]>();
  readonly #tree: Tree;

  constructor(claims: readonly StandingClaim[], tree: Tree) {
    this.#tree = tree;
    for (const { record, claim } of claimsOfKind(claims, "licenses")) {
      this.#byPlace.set(record, claim.licenses);
      this.#byName.set(`${claim.type} ${claim.name}`, claim.licenses);
    }
  }

  of({ type, name }: PackageFacts): readonly string[] {
    const known = this.#byName.get(`${type} ${name}`);
    if (known !== undefined || type !== "deb") return known ?? [];
    const found = this.#tree.find(`usr/share/doc/${name}/copyright`);
    return (found && this.#byPlace.get(found.path)) ?? [];
  }
}
