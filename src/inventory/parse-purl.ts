/** A package URL taken apart (purl-spec, "How to parse a purl string in its components"); everything decoded. */
export interface ParsedPurl {
  readonly type: string;
  readonly namespace: readonly string[];
  readonly name: string;
  /** "" where it has none. */
  readonly version: string;
  readonly qualifiers: ReadonlyMap<string, string>;
  /** A place inside of the package; of a Go module, also what its path has behind three segments (as Syft writes `pgx#v4`). */
  readonly subpath: readonly string[];
}

/** Longer ones are refused: names and versions have their bounds where they are read. */
const MAX_LENGTH = 1 << 20;
const TYPE = /^[a-z][a-z0-9.+-]*$/;

/** Undefined for what is no package URL. */
export function parsePurl(text: string): ParsedPurl | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [withQualifiers, below] = splitAtFirst(text, "#");
  const [path, query] = splitAtFirst(withQualifiers, "?");
  const [, rest] = /^pkg:\/*(.*)$/is.exec(path) ?? [];
  if (rest === undefined) return undefined;
  const slash = rest.indexOf("/");
  const type = rest.slice(0, Math.max(0, slash)).toLowerCase();
  const [named, version] = splitVersion(rest.slice(slash + 1));
  const whole = segmentsOf(named);
  const subpath = segmentsOf(below);
  const name = whole?.at(-1);
  const decodedVersion = decode(version);
  const qualifiers = qualifiersOf(query);
  if (!TYPE.test(type) || whole === undefined || name === undefined || subpath === undefined) return undefined;
  if (decodedVersion === undefined || qualifiers === undefined) return undefined;
  return { type, namespace: whole.slice(0, -1), name, version: decodedVersion, qualifiers, subpath };
}

/** What stands between slashes, decoded; undefined where that cannot be. */
function segmentsOf(text: string): readonly string[] | undefined {
  const decoded = text
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
  const segments = decoded.filter((segment) => segment !== undefined);
  return segments.length < decoded.length ? undefined : segments;
}

/** The version begins at the last `@` behind the name; one in front of a scope that nobody encoded (`pkg:npm/@types/node`) is none. */
function splitVersion(text: string): readonly [named: string, version: string] {
  const at = text.lastIndexOf("@");
  return at <= 0 || text[at - 1] === "/" ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function splitAtFirst(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function qualifiersOf(query: string): ReadonlyMap<string, string> | undefined {
  const qualifiers = new Map<string, string>();
  for (const pair of query.split("&")) {
    const [key, value] = splitAtFirst(pair, "=");
    const decoded = decode(value);
    if (decoded === undefined) return undefined;
    if (key !== "" && decoded !== "") qualifiers.set(key.toLowerCase(), decoded);
  }
  return qualifiers;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
