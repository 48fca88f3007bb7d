import { DistillError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";

/** The fields of a `type=...` output that were given, each of the form that its key needs. */
export interface OutputFields {
  readonly type: OutputType;
  readonly dest?: string;
  readonly name?: string;
  readonly tar?: boolean;
  readonly push?: boolean;
  readonly "platform-split"?: boolean;
  readonly compression?: "gzip" | "zstd" | "uncompressed";
  readonly "compression-level"?: number;
}

const PACKING_KEYS = ["compression", "compression-level", "force-compression", "oci-mediatypes"] as const;

/** BuildKit's exporters, with the keys that mean something to distill. */
const KEYS = {
  local: ["dest", "platform-split"],
  tar: ["dest", "platform-split"],
  oci: ["dest", "tar", "name", ...PACKING_KEYS],
  docker: ["dest", "tar", "name", ...PACKING_KEYS],
  image: ["name", "push", ...PACKING_KEYS],
  registry: ["name", ...PACKING_KEYS],
  cacheonly: [],
} as const satisfies Readonly<Record<string, readonly Key[]>>;

type OutputType = keyof typeof KEYS;
type Key = Exclude<keyof OutputFields, "type"> | "force-compression" | "oci-mediatypes";

/** Keys of BuildKit's that ask for what distill does not do, whatever their value. */
const UNSUPPORTED_KEYS: ReadonlyMap<string, string> = new Map([
  ["attestation-prefix", "distill writes no attestations here"],
  ["annotation", "give annotations with --annotation KEY=VALUE"],
  ["buildinfo", "distill writes no build information"],
  ["dangling-name-prefix", "give the image a name with -t"],
  ["insecure", "registries.conf says which registries are insecure; or --tls-verify=false"],
  ["name-canonical", "the digest is printed, and written to --metadata-file"],
  ["push-by-digest", "give the image a name and push that"],
  ["registry.insecure", "registries.conf says which registries are insecure; or --tls-verify=false"],
  ["rewrite-timestamp", "times are fixed by default; --timestamps=keep keeps them"],
  ["store", "images always go into the store"],
  ["unpack", "the store keeps layers unpacked"],
]);

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [word, false] as const),
]);

/**
 * Reads the fields of an output, `KEY=VALUE` each; of a key that stands twice the last one counts. Throws USAGE, with
 * the keys that there are and the nearest one, and UNSUPPORTED for what BuildKit can do and distill cannot.
 */
export function readFields(fields: readonly string[], text: string): OutputFields {
  const pairs = new Map(fields.map((field) => pairOf(field, text)));
  const type = pairs.get("type");
  if (type === undefined) {
    throw new DistillError("USAGE", `${text}: type is missing`, { hint: `expected type=${list(Object.keys(KEYS))}` });
  }
  if (!isType(type)) throw unknown(text, "type", type, Object.keys(KEYS));
  pairs.delete("type");
  const read: Record<string, string | boolean | number> = { type };
  for (const [key, value] of pairs) {
    const known: readonly string[] = KEYS[type];
    if (!known.includes(key)) throw refusedKey(key, value, type, text);
    const found = readValue(key as Key, value, text);
    if (found !== undefined) read[key] = found;
  }
  return read as unknown as OutputFields;
}

function pairOf(field: string, text: string): readonly [string, string] {
  const equals = field.indexOf("=");
  if (equals > 0) return [field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1)];
  throw new DistillError("USAGE", `${text}: ${JSON.stringify(field)} is no KEY=VALUE`, {
    hint: 'a value that holds a comma is written in quotes: "name=a,b"',
  });
}

function readValue(key: Key, value: string, text: string): string | boolean | number | undefined {
  switch (key) {
    case "dest":
    case "name":
      return value;
    case "tar":
    case "push":
    case "platform-split":
      return booleanOf(key, value, text);
    case "compression":
      if (value === "gzip" || value === "zstd" || value === "uncompressed") return value;
      if (value !== "estargz") throw unknown(text, key, value, ["gzip", "zstd", "uncompressed"]);
      throw new DistillError("UNSUPPORTED", `${text}: distill writes no estargz layers`, {
        hint: "it writes gzip, zstd and uncompressed ones",
      });
    case "compression-level":
      if (/^\d{1,2}$/.test(value)) return Number(value);
      throw new DistillError("USAGE", `${text}: ${JSON.stringify(value)} is no level of a compression`, {
        hint: "gzip has levels 1 to 9, zstd 1 to 22",
      });
    case "force-compression":
      if (!booleanOf(key, value, text)) return undefined;
      throw new DistillError("UNSUPPORTED", `${text}: layers of a base stay packed as they came`, {
        hint: "leave force-compression out",
      });
    case "oci-mediatypes":
      if (booleanOf(key, value, text)) return undefined;
      throw new DistillError("UNSUPPORTED", `${text}: distill writes OCI's media types`, {
        hint: "leave oci-mediatypes out: Docker reads OCI's",
      });
  }
}

function booleanOf(key: string, value: string, text: string): boolean {
  const found = BOOLEANS.get(value);
  if (found !== undefined) return found;
  throw new DistillError("USAGE", `${text}: ${key} is true or false, not ${JSON.stringify(value)}`);
}

function refusedKey(key: string, value: string, type: OutputType, text: string): DistillError {
  const reason = UNSUPPORTED_KEYS.get(key.startsWith("annotation") ? "annotation" : key);
  if (reason !== undefined) {
    return new DistillError("UNSUPPORTED", `${text}: ${key}=${value} is not supported`, { hint: reason });
  }
  return unknown(text, `key of type=${type}`, key, KEYS[type]);
}

function unknown(text: string, what: string, given: string, known: readonly string[]): DistillError {
  const guess = nearest(given, known);
  const hint = guess === undefined ? "" : `did you mean ${guess}? `;
  const expected = known.length === 0 ? "it has no further keys" : `expected ${list(known)}`;
  return new DistillError("USAGE", `${text}: unknown ${what}: ${JSON.stringify(given)}`, {
    hint: `${hint}${expected}`,
  });
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function isType(text: string): text is OutputType {
  return Object.hasOwn(KEYS, text);
}
