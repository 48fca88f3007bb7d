import { parsePackage } from "../../debian/index/parse-package.ts";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import { excerpt, type Position } from "../../lib/excerpt.ts";
import { type JsonNode, JsonSyntaxError, parseJsonText } from "../../lib/json-text.ts";
import type { ChosenPackage } from "../record.ts";
import { type Asked, LOCAL_KEY, LOCK_VERSION, type Lock, type LockedArchive, type LockSection } from "./lock.ts";

/** Bytes; some forty thousand packages. */
export const MAX_LOCK_SIZE = 16 * 1024 * 1024;

const HINT = "restore it from version control, or remove it: the next build writes a new one";
const MERGE = "settle the merge by taking either side whole, then run distill with --update";

/**
 * Reads the text of a lock. CONFIG_INVALID with file, line, column and the line itself for anything that formatLock does
 * not write; UNSUPPORTED for a lock of another form than LOCK_VERSION.
 */
export function parseLock(text: string, file: string): Lock {
  const marker = /^(?:<{7}|={7}|>{7}|\|{7})(?: |\r?$)/m.exec(text);
  try {
    if (marker !== null) throw new Wrong(marker.index, "a merge left its conflict here", MERGE);
    return readLock(parseJsonText(text), file);
  } catch (error) {
    if (!(error instanceof Wrong) && !(error instanceof JsonSyntaxError)) throw error;
    const position = positionAt(text, error.offset);
    const hint = error instanceof Wrong ? error.hint : HINT;
    throw new DistillError(
      "CONFIG_INVALID",
      `${file}:${position.line}:${position.column}: ${error.message}\n${excerpt(text, position)}`,
      { hint },
    );
  }
}

/** Something that is wrong at a place of the text. */
class Wrong extends Error {
  readonly offset: number;
  readonly hint: string;

  constructor(offset: number, message: string, hint = HINT) {
    super(message);
    this.offset = offset;
    this.hint = hint;
  }
}

function readLock(node: JsonNode, file: string): Lock {
  const fields = mapOf(node, "a lock");
  const version = fields.get("lockVersion");
  if (version === undefined) throw new Wrong(node.offset, "lockVersion is missing");
  if (version.kind !== "scalar" || version.value !== LOCK_VERSION) {
    const found = version.kind === "scalar" ? JSON.stringify(version.value) : `a ${version.kind}`;
    throw new DistillError("UNSUPPORTED", `${file} has lockVersion ${found}; this distill knows ${LOCK_VERSION}`, {
      hint: "use the distill that wrote it, or remove it: the next build writes a new one",
    });
  }
  const { platforms } = exactly(node, ["lockVersion", "note", "platforms"], ["note"]);
  const sections = new Map<string, LockSection>();
  for (const [platform, section] of mapOf(platforms, "platforms")) sections.set(platform, readSection(section));
  return { sections };
}

function readSection(node: JsonNode): LockSection {
  const { asked, archives, packages } = exactly(node, ["asked", "archives", "packages"]);
  const dates = [...mapOf(archives, "the archives")].map(
    ([key, date]): LockedArchive => ({ key, date: dateOf(key, date) }),
  );
  const positions = new Map(dates.map(({ key }, index) => [key, index]));
  const seen = new Set<string>();
  const chosen = itemsOf(packages, "the packages").map((each) => {
    const found = readPackage(each, positions);
    const identity = `${found.name} ${found.version}`;
    if (seen.has(identity)) throw new Wrong(each.offset, `${identity} is in the list already`);
    seen.add(identity);
    return found;
  });
  return { asked: readAsked(asked), archives: dates, packages: chosen };
}

function readAsked(node: JsonNode): Asked {
  const values = [...mapOf(node, "what was asked")].map(([key, value]): [string, string | readonly string[]] => [
    key,
    value.kind === "list" ? textsOf(value, key) : textOf(value, key),
  ]);
  return Object.fromEntries(values);
}

const PACKAGE_KEYS = [
  "name",
  "version",
  "architecture",
  "source",
  "archive",
  "file",
  "size",
  "sha256",
  "tiers",
  "without",
] as const;

function readPackage(node: JsonNode, archives: ReadonlyMap<string, number>): ChosenPackage {
  const fields = exactly(node, PACKAGE_KEYS, ["source", "without"]);
  const key = textOf(fields.archive, "archive");
  const archive = archives.get(key);
  if (archive === undefined) throw new Wrong(fields.archive.offset, `archive: ${key} is none of the archives above`);
  const { size } = fields;
  if (size.kind !== "scalar" || typeof size.value !== "number") throw new Wrong(size.offset, "size: expected a number");
  const texts: Readonly<Record<string, string>> = {
    Package: textOf(fields.name, "name"),
    Version: textOf(fields.version, "version"),
    Architecture: textOf(fields.architecture, "architecture"),
    Source: fields.source === undefined ? "" : textOf(fields.source, "source"),
    Filename: textOf(fields.file, "file"),
    Size: String(size.value),
    SHA256: textOf(fields.sha256, "sha256"),
  };
  const tiers = textsOf(fields.tiers, "tiers");
  const without = fields.without === undefined ? new Map<string, JsonNode>() : mapOf(fields.without, "without");
  const ignored = [...without].map(([relation, reason]) => ({ relation, reason: textOf(reason, "without") }));
  try {
    const { name, version, architecture, source, filename, size, digest } = parsePackage(
      { get: (field) => texts[field] },
      archive,
    );
    return { name, version, architecture, source, archive, filename, size, digest, tiers, ignored };
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID")) throw error;
    throw new Wrong(node.offset, error.message.replace(" in the package index", ""));
  }
}

/** The values of a map that has these keys and no others; all but the `optional` ones must be there. */
function exactly<K extends string, O extends K = never>(
  node: JsonNode,
  keys: readonly K[],
  optional: readonly O[] = [],
): { readonly [key in Exclude<K, O>]: JsonNode } & { readonly [key in O]?: JsonNode } {
  if (node.kind !== "map") throw new Wrong(node.offset, `expected a map of ${keys.join(", ")}`);
  const known: ReadonlySet<string> = new Set(keys);
  for (const [key, { keyOffset }] of node.entries) {
    if (!known.has(key)) throw new Wrong(keyOffset, `there is no such key (keys: ${keys.join(", ")})`);
  }
  const values = new Map<string, JsonNode>();
  for (const key of keys) {
    const entry = node.entries.get(key);
    if (entry !== undefined) values.set(key, entry.node);
    else if (!optional.some((each) => each === key)) throw new Wrong(node.offset, `${key} is missing`);
  }
  return Object.fromEntries(values) as { [key in Exclude<K, O>]: JsonNode } & { [key in O]?: JsonNode };
}

function mapOf(node: JsonNode, what: string): ReadonlyMap<string, JsonNode> {
  if (node.kind !== "map") throw new Wrong(node.offset, `${what}: expected a map`);
  return new Map(Array.from(node.entries, ([key, entry]) => [key, entry.node]));
}

function itemsOf(node: JsonNode, what: string): readonly JsonNode[] {
  if (node.kind !== "list") throw new Wrong(node.offset, `${what}: expected a list`);
  return node.items;
}

function textsOf(node: JsonNode, what: string): readonly string[] {
  return itemsOf(node, what).map((each) => textOf(each, what));
}

function textOf(node: JsonNode, what: string): string {
  if (node.kind === "scalar" && typeof node.value === "string") return node.value;
  throw new Wrong(node.offset, `${what}: expected a text`);
}

/** Of a release; what is no archive of somebody's has none. */
function dateOf(key: string, node: JsonNode): number | undefined {
  const none = node.kind === "scalar" && node.value === null;
  if (key === LOCAL_KEY && !none) throw new Wrong(node.offset, `${key}: expected null`);
  if (none && key === LOCAL_KEY) return undefined;
  const text = textOf(node, "the date of a release");
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) throw new Wrong(node.offset, "expected a date such as 2026-11-14T09:00:00Z");
  return date;
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}
