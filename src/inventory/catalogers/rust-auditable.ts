import { inflateWhole } from "../../formats/deflate/inflate.ts";
import { parseJsonObject } from "../../image/json.ts";
import { DistillError } from "../../lib/errors.ts";
import { partOf, readContent } from "../../rootfs/content.ts";
import type { Cataloger, LayerFile } from "../cataloger.ts";
import type { PackageClaim } from "../claim.ts";
import { mayBeCompiled, sectionOf, tellerOf, unlessBroken } from "./compiled.ts";

/** The section that cargo-auditable adds (its PARSING.md): a JSON document, compressed in zlib's form. */
const SECTION = ".dep-v0";
const MAX_COMPRESSED = 4 * 1024 * 1024;
const MAX_DOCUMENT = 16 * 1024 * 1024;
const MAX_PACKAGES = 20_000;
const WHAT = "its list of Rust crates";

/** Names as cargo takes them, and versions of semver (which cargo insists on). */
const NAME = /^[\p{L}\p{N}_-]{1,255}$/u;
const VERSION = /^\d[0-9A-Za-z.+-]{0,254}$/;

/** The crates that a Rust program was built from, where it says so itself; those that only its build ran are not in it. */
export const rustAuditableCataloger: Cataloger = {
  name: "rust-auditable",
  wants: mayBeCompiled,
  async read(file, _layer, warn) {
    const section = await sectionOf(file, SECTION);
    if (section === undefined) return [];
    const tell = tellerOf(file, warn);
    return (await unlessBroken(() => cratesOf(file, section, tell), tell)) ?? [];
  },
};

async function cratesOf(
  file: LayerFile,
  range: { readonly offset: number; readonly size: number },
  tell: (problem: string) => void,
): Promise<readonly PackageClaim[]> {
  const { content } = file;
  if (!(range.offset + range.size <= content.size)) {
    throw new DistillError("FORMAT_INVALID", `${WHAT} lies outside of the file`);
  }
  const compressed = await readContent(partOf(content, range.offset, range.size), MAX_COMPRESSED);
  const document = parseJsonObject(await inflateWhole(compressed, "zlib", MAX_DOCUMENT, WHAT), WHAT, MAX_DOCUMENT);
  const listed = document.fields.get("packages");
  if (!Array.isArray(listed)) throw new DistillError("FORMAT_INVALID", `${WHAT} has no packages`);
  if (listed.length > MAX_PACKAGES) tell(`${WHAT} has more than ${MAX_PACKAGES} packages`);
  const crates = listed.slice(0, MAX_PACKAGES).map(crateOf);
  if (crates.includes(undefined)) tell(`${WHAT} has an entry that is no crate`);
  return crates.flatMap((crate) => (crate === undefined || !crate.isRuntime ? [] : [claimOf(file, crate, crates)]));
}

interface Crate {
  readonly name: string;
  readonly version: string;
  readonly isRuntime: boolean;
  readonly needs: readonly unknown[];
}

function crateOf(entry: unknown): Crate | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { name, version, kind, dependencies } = entry as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || typeof version !== "string") return undefined;
  if (!NAME.test(name) || !VERSION.test(version)) return undefined;
  const needs = Array.isArray(dependencies) ? dependencies : [];
  return { name, version, isRuntime: kind === undefined || kind === "runtime", needs };
}

/** Dependencies are numbers of entries; a crate of two versions is needed once by name. */
function claimOf(file: LayerFile, crate: Crate, all: readonly (Crate | undefined)[]): PackageClaim {
  const needed = crate.needs
    .slice(0, MAX_PACKAGES)
    .flatMap((index) => (typeof index === "number" ? (all[index] ?? []) : []))
    .filter(({ isRuntime }) => isRuntime);
  return {
    kind: "package",
    package: {
      type: "cargo",
      name: crate.name,
      version: crate.version,
      architecture: "",
      source: undefined,
      licenses: [],
      dependencies: [...new Set(needed.map(({ name }) => name))].map((name) => [name]),
    },
    files: [file.path],
    directories: [],
  };
}
