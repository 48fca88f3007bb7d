import { type Destination, parseDestination } from "../image/destination.ts";
import { formatPacking, type Packing, parsePacking } from "../image/packing.ts";
import { parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { csvFields } from "../lib/csv-fields.ts";
import { DistillError } from "../lib/errors.ts";
import { type OutputFields, readFields } from "./output-fields.ts";

/** What a value of `-o` asks for. A path that is undefined stands for the standard output. */
export type Output = TreeOutput | PackedOutput | NamesOutput;

/** The root file system, without anything of the image around it. */
export interface TreeOutput {
  readonly kind: "directory" | "tar";
  readonly path: string | undefined;
  /** A directory for each platform; where it is not said, for several. */
  readonly split: boolean | undefined;
}

/** The image as others take it, its layers packed. */
export type PackedOutput =
  | { readonly kind: "destination"; readonly destination: Destination; readonly names: readonly Reference[] }
  /** An archive on the standard output. */
  | { readonly kind: "stream"; readonly flavour: "oci" | "docker"; readonly names: readonly Reference[] }
  /** The Docker engine, under these names or, where there are none, those of `-t`. */
  | { readonly kind: "engine"; readonly names: readonly Reference[] };

/** Names in the store, and with `push` in their registries; those of `-t` where there are none. */
export interface NamesOutput {
  readonly kind: "names";
  readonly names: readonly Reference[];
  readonly push: boolean;
}

/** As it was written, and what it means. */
export interface ParsedOutput {
  readonly text: string;
  readonly output: Output;
  /** How layers are to be packed, where the output says so. */
  readonly packing: Packing | undefined;
}

const TRANSPORT = /^(?:docker|oci|oci-archive|docker-archive|docker-daemon):/;
const EXPECTED =
  "expected a directory, - for a tar on the standard output, type=TYPE,KEY=VALUE, " +
  "docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE or docker-daemon:NAME";

/**
 * Parses a value of `-o`: a transport, or what `docker buildx build` takes: a directory, `-`, or `type=TYPE` with further fields as
 * comma-separated values. What looks like a misspelt transport or field is no directory here. Throws USAGE, and
 * UNSUPPORTED for what BuildKit can do and distill cannot.
 */
export function parseOutput(text: string): ParsedOutput {
  if (text === "-") return plain(text, { kind: "tar", path: undefined, split: undefined });
  if (TRANSPORT.test(text)) {
    return plain(text, { kind: "destination", destination: parseDestination(text), names: [] });
  }
  const fields = csvFields(text);
  const [first = ""] = fields ?? [];
  if (fields?.length === 1 && first === text && !/^type=/i.test(text)) {
    if (text === "" || /^[A-Za-z][A-Za-z0-9-]*[:=]/.test(text)) throw notAnOutput(text);
    return plain(text, { kind: "directory", path: text, split: undefined });
  }
  if (fields === undefined) throw notAnOutput(text);
  const read = readFields(fields, text);
  return { text, output: outputOf(read, text), packing: packingOf(read) };
}

/** True where an output is written from packed layers: directories, tars of the file system and engines take them as they are. */
export function needsPacking(outputs: readonly string[]): boolean {
  return outputs.some((text) => {
    const { output } = parseOutput(text);
    if (output.kind === "names") return output.push;
    if (output.kind === "engine") return false;
    return (
      !isTreeOutput(output) && !(output.kind === "destination" && output.destination.transport === "docker-daemon")
    );
  });
}

/** True where an output goes to the standard output, which then has no room for anything else. */
export function usesStandardOutput(outputs: readonly string[]): boolean {
  return outputs.some((text) => onStandardOutput(parseOutput(text).output));
}

/** How layers are packed, in the form of `--compression`: one way for all outputs, else USAGE. gzip where nobody says. */
export function compressionOf(outputs: readonly string[], flag: string | undefined): string {
  const wishes = outputs.flatMap((text) => {
    const { packing } = parseOutput(text);
    return packing === undefined ? [] : [{ who: `-o ${text}`, packing }];
  });
  if (flag !== undefined) wishes.unshift({ who: `--compression ${flag}`, packing: parsePacking(flag) });
  const [first, ...others] = wishes;
  if (first === undefined) return "gzip";
  const other = others.find(({ packing }) => formatPacking(packing) !== formatPacking(first.packing));
  if (other === undefined) return formatPacking(first.packing);
  throw new DistillError("USAGE", `${first.who} and ${other.who} pack layers in two ways`, {
    hint: "one image has one compression: build it twice, or leave one of them out",
  });
}

export function isTreeOutput(output: Output): output is TreeOutput {
  return output.kind === "directory" || output.kind === "tar";
}

export function onStandardOutput(output: Output): boolean {
  return output.kind === "stream" || (output.kind === "tar" && output.path === undefined);
}

function plain(text: string, output: Output): ParsedOutput {
  return { text, output, packing: undefined };
}

function notAnOutput(text: string): DistillError {
  const hint = text === "" ? EXPECTED : `${EXPECTED}; a directory of this name is ./${text}`;
  return new DistillError("USAGE", `not an output: ${JSON.stringify(text.slice(0, 200))}`, { hint });
}

function outputOf(fields: OutputFields, text: string): Output {
  const { type, dest } = fields;
  const path = dest === "-" || dest === "" ? undefined : dest;
  const names = (fields.name?.split(",") ?? []).filter((name) => name !== "").map((name) => taggable(name, text));
  switch (type) {
    case "local":
      if (path === undefined) throw new DistillError("USAGE", `${text}: dest is missing`, { hint: "add dest=DIR" });
      return { kind: "directory", path, split: fields["platform-split"] };
    case "tar":
      return { kind: "tar", path, split: fields["platform-split"] };
    case "oci":
    case "docker": {
      const asTar = fields.tar ?? true;
      if (!asTar && path === undefined) {
        throw new DistillError("USAGE", `${text}: dest is missing`, { hint: "add dest=DIR" });
      }
      if (type === "docker" && dest === undefined) return { kind: "engine", names };
      if (path === undefined) return { kind: "stream", flavour: type, names };
      return { kind: "destination", destination: fileOf(type, path, asTar), names };
    }
    case "image":
      return { kind: "names", names, push: fields.push ?? false };
    case "registry":
      return { kind: "names", names, push: true };
    case "cacheonly":
      return { kind: "names", names: [], push: false };
  }
}

function fileOf(type: "oci" | "docker", path: string, asTar: boolean): Destination {
  if (!asTar) return { transport: "oci", path, tag: undefined };
  if (type === "oci") return { transport: "oci-archive", path, tag: undefined };
  return { transport: "docker-archive", path, name: undefined };
}

function taggable(name: string, text: string): Reference {
  const reference = withDefaultTag(parseReference(name));
  if (reference.digest === undefined) return reference;
  throw new DistillError("USAGE", `${text}: an image gets its digest from what is in it`, { hint: "give NAME[:TAG]" });
}

function packingOf({ compression, "compression-level": level }: OutputFields): Packing | undefined {
  if (compression === undefined && level === undefined) return undefined;
  const algorithm = compression ?? "gzip";
  if (algorithm === "uncompressed") return { algorithm: "none" };
  return parsePacking(level === undefined ? algorithm : `${algorithm}:${level}`);
}
