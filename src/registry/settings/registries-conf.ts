import { DistillError } from "../../lib/errors.ts";
import type { MirrorRule, MirrorUse, RegistryRule } from "./rules.ts";
import { type TomlTables, tablesOf } from "./toml-lines.ts";

/** How deep arrays may lie in arrays. The format itself needs two. */
const MAX_DEPTH = 32;
const USES: ReadonlySet<string> = new Set<MirrorUse>(["all", "digest-only", "tag-only"]);

type Table = Readonly<Record<string, unknown>>;

/**
 * The rules of a registries.conf (containers-registries.conf(5)), in its order. What is about
 * short names, and what is not known, is passed over. The format that came first, `[registries.insecure]` and
 * `[registries.block]`, is read too, but for a drop-in. Throws CONFIG_INVALID with file and line.
 */
export async function parseRegistriesConf(
  text: string,
  path: string,
  { dropIn }: { readonly dropIn: boolean },
): Promise<readonly RegistryRule[]> {
  const document = await parseToml(text, path);
  const file = new ConfFile(path, tablesOf(text));
  const old = file.firstFormat(document);
  const tables = file.tables(document, "registry", []);
  if (old === undefined) return refuseContradictions(tables.map((table, index) => file.rule(table, index)));
  if (dropIn || tables.length > 0) {
    throw file.invalid([], "[registries.*] is the format before version 2, which stands alone and not in a drop-in");
  }
  return old;
}

async function parseToml(text: string, path: string): Promise<Table> {
  const { parse, TomlError } = await import("smol-toml");
  try {
    return parse(text, { maxDepth: MAX_DEPTH, integersAsBigInt: "asNeeded", unsafeKeyBehaviour: "drop" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The lines behind the first show the place in the file.
    const problem = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "");
    throw invalid(`${path}:${error.line}`, `column ${error.column}: ${problem}`, error);
  }
}

/** Where in the document something stands: the number of the registry, then of the mirror in it; a key. */
type Place = readonly (number | string)[];

/** One file that is read, and where its tables begin. */
class ConfFile {
  readonly #path: string;
  readonly #tables: TomlTables;

  constructor(path: string, tables: TomlTables) {
    this.#path = path;
    this.#tables = tables;
  }

  /** The array of tables of that name. */
  tables(table: Table, name: string, place: Place): readonly Table[] {
    const value = table[name];
    if (value === undefined) return [];
    if (!Array.isArray(value) || !value.every(isTable)) {
      throw this.invalid([...place, name], `${name} is no array of tables: [[registry]], [[registry.mirror]]`);
    }
    return value;
  }

  rule(table: Table, index: number): RegistryRule {
    const at = (key: string): Place => [index, key];
    const location = this.#name(table, "location", at("location"));
    const prefix = this.#name(table, "prefix", at("prefix")) || location;
    if (prefix === "") throw this.invalid([index], "a [[registry]] needs a prefix or a location");
    const wild = prefix.startsWith("*.");
    if (!wild && location === "") {
      throw this.invalid([index], `a [[registry]] needs a location, unless its prefix is like *.example.com`);
    }
    if (wild ? /[/@:*]/.test(prefix.slice(2)) : prefix.includes("*")) {
      throw this.invalid(at("prefix"), `${JSON.stringify(prefix)}: only *. before a domain stands for all in it`);
    }
    if (table["pull-from-mirror"] !== undefined && table["pull-from-mirror"] !== "") {
      throw this.invalid(at("pull-from-mirror"), "pull-from-mirror belongs into a [[registry.mirror]]");
    }
    const byDigest = this.#flag(table, "mirror-by-digest-only", at("mirror-by-digest-only"));
    return {
      ...{ prefix, location, where: this.#where([index]) },
      insecure: this.#flag(table, "insecure", at("insecure")),
      blocked: this.#flag(table, "blocked", at("blocked")),
      mirrors: this.tables(table, "mirror", [index]).map((mirror, number) =>
        this.#mirror(mirror, [index, number], byDigest),
      ),
    };
  }

  /** The rules of the format before version 2; undefined where the document is not written in it. */
  firstFormat(document: Table): readonly RegistryRule[] | undefined {
    const { registries } = document;
    if (registries === undefined) return undefined;
    if (!isTable(registries)) throw this.invalid([], "registries is no table");
    const [insecure, blocked] = [this.#list(registries, "insecure"), this.#list(registries, "block")];
    if (insecure.size + blocked.size + this.#list(registries, "search").size === 0) return undefined;
    return [...new Set([...blocked, ...insecure])].map((prefix) => ({
      ...{ prefix, location: prefix, mirrors: [], where: this.#where([]) },
      insecure: insecure.has(prefix),
      blocked: blocked.has(prefix),
    }));
  }

  #list(registries: Table, name: string): ReadonlySet<string> {
    const list = registries[name];
    if (list === undefined) return new Set();
    const names = isTable(list) ? (list.registries ?? []) : undefined;
    if (Array.isArray(names) && names.every((each) => typeof each === "string")) {
      return new Set(names.map((each) => this.#trimmed(each, [])));
    }
    throw this.invalid([], `[registries.${name}] has no list of names: registries = ["example.com"]`);
  }

  #mirror(table: Table, place: Place, byDigest: boolean): MirrorRule {
    const location = this.#name(table, "location", [...place, "location"]);
    if (location === "") throw this.invalid(place, "a [[registry.mirror]] needs a location");
    const at = [...place, "pull-from-mirror"];
    const use = this.#text(table, "pull-from-mirror", at);
    if (use !== "" && byDigest) {
      throw this.invalid(at, "pull-from-mirror says what mirror-by-digest-only of the registry says too: keep one");
    }
    if (use !== "" && !isUse(use)) {
      throw this.invalid(at, `pull-from-mirror is all, digest-only or tag-only, not ${JSON.stringify(use)}`);
    }
    return {
      location,
      insecure: this.#flag(table, "insecure", [...place, "insecure"]),
      use: byDigest ? "digest-only" : use === "" ? "all" : use,
    };
  }

  #name(table: Table, key: string, place: Place): string {
    return this.#trimmed(this.#text(table, key, place), place);
  }

  #trimmed(name: string, place: Place): string {
    if (/^https?:\/\//.test(name)) {
      throw this.invalid(place, `${JSON.stringify(name)}: names stand without http:// and https://`);
    }
    let end = name.length;
    while (name[end - 1] === "/") end--;
    return name.slice(0, end);
  }

  #text(table: Table, key: string, place: Place): string {
    const value = table[key];
    if (value === undefined) return "";
    if (typeof value === "string") return value;
    throw this.invalid(place, `${key} is no text`);
  }

  #flag(table: Table, key: string, place: Place): boolean {
    const value = table[key];
    if (value === undefined) return false;
    if (typeof value === "boolean") return value;
    throw this.invalid(place, `${key} is neither true nor false`);
  }

  #where(place: Place): string {
    const line = this.#tables.lineOf(place);
    return line === undefined ? this.#path : `${this.#path}:${line}`;
  }

  invalid(place: Place, problem: string): DistillError {
    return invalid(this.#where(place), problem);
  }
}

/** Two rules that lead to one place must agree on what it is. */
function refuseContradictions(rules: readonly RegistryRule[]): readonly RegistryRule[] {
  const first = new Map<string, RegistryRule>();
  for (const rule of rules) {
    const place = rule.location || rule.prefix;
    const other = first.get(place);
    if (other === undefined) first.set(place, rule);
    else {
      const key = (["insecure", "blocked"] as const).find((name) => rule[name] !== other[name]);
      if (key !== undefined) throw invalid(rule.where, `${place} has another "${key}" than at ${other.where}`);
    }
  }
  return rules;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isUse(text: string): text is MirrorUse {
  return USES.has(text);
}

function invalid(where: string, problem: string, cause?: unknown): DistillError {
  return new DistillError("CONFIG_INVALID", `${where}: ${problem}`, {
    hint: "containers-registries.conf(5) describes the file, which skopeo and podman read too",
    cause,
  });
}
