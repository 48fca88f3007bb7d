import { DistillError } from "../lib/errors.ts";

/** Annotations by what carries them. */
export interface Annotations {
  readonly manifest: Readonly<Record<string, string>>;
  /** Of the index, where there are several platforms. */
  readonly index: Readonly<Record<string, string>>;
}

/** Labels of `--label KEY=VALUE`; KEY alone has an empty value, as with docker. The last one of a key counts. USAGE for what has no key. */
export function parseLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text) => pairOf("--label", text, "")));
}

/**
 * Annotations of `--annotation [manifest:|index:|manifest,index:]KEY=VALUE`, as buildx reads them: without a prefix they are the
 * manifest's. USAGE for what is none, UNSUPPORTED for those of descriptors and of one platform alone.
 */
export function parseAnnotations(texts: readonly string[]): Annotations {
  const found = { manifest: [] as [string, string][], index: [] as [string, string][] };
  for (const text of texts) {
    const [full, value] = pairOf("--annotation", text, undefined);
    const colon = full.indexOf(":");
    const key = full.slice(colon + 1);
    if (key === "") throw noKey("--annotation", text);
    const carriers =
      colon < 0
        ? ["manifest" as const]
        : full
            .slice(0, colon)
            .split(",")
            .map((each) => carrierOf(each, text));
    for (const carrier of carriers) found[carrier].push([key, value]);
  }
  return { manifest: Object.fromEntries(found.manifest), index: Object.fromEntries(found.index) };
}

function carrierOf(prefix: string, text: string): "manifest" | "index" {
  if (prefix === "manifest" || prefix === "index") return prefix;
  if (/^(?:manifest|index)(?:-descriptor)?(?:\[[^\]]*\])?$/.test(prefix)) {
    const what = prefix.includes("[") ? "one platform alone" : "a descriptor";
    throw new DistillError("UNSUPPORTED", `--annotation ${text}: annotations of ${what} are not supported`, {
      hint: "expected KEY=VALUE, manifest:KEY=VALUE or index:KEY=VALUE",
    });
  }
  throw new DistillError(
    "USAGE",
    `--annotation ${text}: ${JSON.stringify(prefix)} is nothing that carries annotations`,
    {
      hint: "expected KEY=VALUE, manifest:KEY=VALUE or index:KEY=VALUE",
    },
  );
}

function pairOf(option: string, text: string, missing: string | undefined): [string, string] {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  if (key.trim() === "") throw noKey(option, text);
  const value = equals < 0 ? missing : text.slice(equals + 1);
  if (value !== undefined) return [key, value];
  throw new DistillError("USAGE", `${option} ${text}: a value is missing`, { hint: `expected ${option} KEY=VALUE` });
}

function noKey(option: string, text: string): DistillError {
  return new DistillError("USAGE", `${option} is KEY=VALUE, not ${JSON.stringify(text.slice(0, 200))}`);
}
