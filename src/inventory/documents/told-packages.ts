import { DistillError } from "../../lib/errors.ts";
import { comparePaths } from "../../rootfs/path.ts";
import type { PackageFacts, PackageType, SourcePackage } from "../package.ts";
import { type ParsedPurl, parsePurl } from "../parse-purl.ts";
import type { SbomLocation, SbomPackage } from "./sbom.ts";

/** What an element of a document tells of a package, in whatever fields its format and producer have for it. */
export interface ToldPackage {
  /** How the document refers to the element; undefined where nothing can. */
  readonly ref: string | undefined;
  readonly purl: string;
  readonly group: string | undefined;
  readonly name: string;
  readonly version: string | undefined;
  readonly architecture: string | undefined;
  readonly source: SourcePackage | undefined;
  readonly licenses: readonly string[];
  readonly provides: readonly string[];
  readonly missing: readonly (readonly string[])[];
  readonly locations: readonly SbomLocation[];
}

/** More packages than any image has. */
const MAX_PACKAGES = 1_000_000;

const KNOWN_TYPES: ReadonlySet<string> = new Set<PackageType>([
  ...(["deb", "apk", "rpm", "pypi", "npm", "golang", "cargo", "maven", "gem", "generic"] as const),
]);

/** Advisories about these are about their sources. */
const HAVE_SOURCES: ReadonlySet<PackageType> = new Set(["deb", "apk"]);

interface Gathered {
  readonly told: ToldPackage;
  readonly parsed: ParsedPurl;
  readonly locations: SbomLocation[];
  readonly dependsOn: Set<string>;
}

/** Makes packages of what the elements of a document tell: one for each package URL, however many elements have it. */
export class ToldPackages {
  readonly #what: string;
  readonly #gathered = new Map<string, Gathered>();
  readonly #purlByRef = new Map<string, string>();
  readonly #unknownTypes = new Map<string, number>();
  #withoutPurl = 0;
  #unreadable: { count: number; readonly first: string } | undefined;

  /** `what` names the document in errors. */
  constructor(what: string) {
    this.#what = what;
  }

  /** `where` is the place of the element in the document. Throws LIMIT_EXCEEDED. */
  add(told: ToldPackage, where: string): void {
    const parsed = parsePurl(told.purl);
    if (parsed === undefined) {
      if (this.#unreadable === undefined) this.#unreadable = { count: 1, first: where };
      else this.#unreadable.count++;
      return;
    }
    if (!KNOWN_TYPES.has(parsed.type)) {
      this.#unknownTypes.set(parsed.type, (this.#unknownTypes.get(parsed.type) ?? 0) + 1);
      return;
    }
    if (told.ref !== undefined) this.#purlByRef.set(told.ref, told.purl);
    const known = this.#gathered.get(told.purl);
    if (known !== undefined) {
      known.locations.push(...told.locations);
      return;
    }
    if (this.#gathered.size >= MAX_PACKAGES) {
      throw new DistillError("LIMIT_EXCEEDED", `${this.#what} has more than ${MAX_PACKAGES} packages`);
    }
    this.#gathered.set(told.purl, { told, parsed, locations: [...told.locations], dependsOn: new Set() });
  }

  /** Counts an element that is a package and does not say which. */
  addNameless(): void {
    this.#withoutPurl++;
  }

  /** One element needs another; refs of anything else are passed over. */
  connect(from: string, to: string): void {
    const [needing, needed] = [this.#purlByRef.get(from), this.#purlByRef.get(to)];
    if (needing === undefined || needed === undefined || needing === needed) return;
    this.#gathered.get(needing)?.dependsOn.add(needed);
  }

  /** Package URLs with what is in them, in order. */
  parsed(): readonly ParsedPurl[] {
    return this.#sorted().map(({ parsed }) => parsed);
  }

  /** `namesOthers`: where no source is named, it has the name of the package. So it is where others have one. */
  packages(namesOthers: boolean): readonly SbomPackage[] {
    const isTold =
      namesOthers || this.#gathered.values().some(({ told, parsed }) => sourceOf(told, parsed) !== undefined);
    const named = new Map([...this.#gathered].map(([purl, { told, parsed }]) => [purl, nameOf(told, parsed)]));
    return this.#sorted().map(({ told, parsed, locations, dependsOn }) => {
      const names = [...dependsOn].flatMap((purl) => named.get(purl) ?? []);
      const facts = factsOf(told, parsed, [...names.map((name) => [name]), ...told.missing]);
      const isUntold = !isTold && HAVE_SOURCES.has(facts.type);
      const found = { facts, purl: told.purl, locations, dependsOn: [...dependsOn] };
      return isUntold ? { ...found, sourceUntold: true } : found;
    });
  }

  /** Elements that are packages, and are not among packages(). */
  get leftOut(): number {
    const unknown = this.#unknownTypes.values().reduce((sum, count) => sum + count, 0);
    return this.#withoutPurl + (this.#unreadable?.count ?? 0) + unknown;
  }

  warnings(): readonly string[] {
    const types = [...this.#unknownTypes].sort(([a], [b]) => comparePaths(a, b)).slice(0, 100);
    return [
      ...(this.#withoutPurl === 0 ? [] : [`${this.#withoutPurl} packages have no package URL and are left out`]),
      ...(this.#unreadable === undefined
        ? []
        : [`${this.#unreadable.count} package URLs cannot be read, the first at ${this.#unreadable.first}`]),
      ...types.map(([type, count]) => `${count} packages of type ${type} are left out: it is not known`),
    ];
  }

  #sorted(): readonly Gathered[] {
    return [...this.#gathered.values()].sort((a, b) => comparePaths(a.told.purl, b.told.purl));
  }
}

function factsOf(told: ToldPackage, parsed: ParsedPurl, dependencies: PackageFacts["dependencies"]): PackageFacts {
  const name = nameOf(told, parsed);
  const version = versionOf(told, parsed);
  const source = sourceOf(told, parsed);
  return {
    ...{ type: parsed.type as PackageType, name, version },
    architecture: parsed.qualifiers.get("arch") ?? told.architecture ?? "",
    source: source?.name === name && source.version === version ? undefined : source,
    ...{ licenses: told.licenses, dependencies },
    ...(told.provides.length === 0 ? {} : { provides: told.provides }),
  };
}

/** As the ecosystem writes it, where the element does so; a package URL may have it in small letters. */
function nameOf({ group, name }: ToldPackage, { type, namespace, name: last, subpath }: ParsedPurl): string {
  const separator = type === "maven" ? ":" : "/";
  const hasPath = type === "maven" || type === "npm" || type === "golang";
  const own = hasPath ? [...namespace, last].join(separator) : last;
  const told = hasPath && group !== undefined && group !== "" ? `${group}${separator}${name}` : name;
  // The path of a Go module may go on in the subpath; the path of a package in it does so too, which is no other module.
  const longer = type === "golang" ? [own, ...subpath].join("/") : own;
  return [own, longer].some((each) => alike(type, told) === alike(type, each)) ? told : own;
}

function alike(type: string, name: string): string {
  const small = name.toLowerCase();
  return type === "pypi" ? small.replaceAll(/[-_.]+/g, "-") : small;
}

/** Some producers keep the epoch apart. */
function versionOf({ version: told = "" }: ToldPackage, { version, qualifiers }: ParsedPurl): string {
  const whole = version === "" ? told : version;
  const epoch = qualifiers.get("epoch");
  if (epoch === undefined || whole.startsWith(`${epoch}:`)) return whole;
  const complete = `${epoch}:${whole}`;
  // An epoch of 0 is as good as none: it is there where the version has it.
  return epoch === "0" && told !== complete ? whole : complete;
}

const SOURCE_RPM = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/;

function sourceOf(told: ToldPackage, parsed: ParsedPurl): SourcePackage | undefined {
  return told.source ?? upstreamOf(parsed, versionOf(told, parsed));
}

/** The qualifier in which Syft says what a package was built from; without a version, it is the package's own. */
function upstreamOf({ qualifiers }: ParsedPurl, version: string): SourcePackage | undefined {
  const upstream = qualifiers.get("upstream");
  if (upstream === undefined) return undefined;
  const [, rpm, rpmVersion] = upstream.length > 1024 ? [] : (SOURCE_RPM.exec(upstream) ?? []);
  if (rpm !== undefined && rpmVersion !== undefined) return { name: rpm, version: rpmVersion };
  const at = upstream.indexOf("@");
  return at < 0 ? { name: upstream, version } : { name: upstream.slice(0, at), version: upstream.slice(at + 1) };
}
