import { type Digest, hexOf } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import { buildIndex, type IndexFile, openIndex } from "../index/index-file.ts";
import { type Paragraph, parseControl } from "../package/control.ts";

/** A .deb on disk, with its control file. */
export interface DebOnDisk {
  readonly path: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly control: Uint8Array;
}

/** Fields of a Packages file that tell where the .deb is; a control file that has them does not say it of itself. */
const OF_THE_INDEX: ReadonlySet<string> = new Set(["filename", "size", "sha256", "sha1", "md5sum", "sha512"]);

/** The .debs as an archive of their own: what a Packages file would say of them. FORMAT_INVALID names the .deb. */
export async function indexOfDebs(debs: readonly DebOnDisk[]): Promise<IndexFile> {
  const text = debs.map(stanzaOf).join("\n");
  return openIndex(await buildIndex(once(Buffer.from(text, "latin1"))));
}

/** `NAME=VERSION` of a .deb. */
export function requestFor(deb: DebOnDisk): string {
  const fields = fieldsOf(deb);
  return `${fields.get("Package")}=${fields.get("Version")}`;
}

function stanzaOf(deb: DebOnDisk): string {
  const fields = fieldsOf(deb);
  const own = [...fields.fields()]
    .filter((name) => !OF_THE_INDEX.has(name))
    .map((name) => `${name}: ${(fields.get(name) ?? "").replaceAll("\n", "\n ").replaceAll(/\n $/gm, "\n .")}\n`);
  const hex = hexOf(deb.digest);
  return `${own.join("")}Filename: local/${hex}.deb\nSize: ${deb.size}\nSHA256: ${hex}\n`;
}

function fieldsOf({ control, path }: DebOnDisk): Paragraph {
  const [fields, ...more] = parseControl(Buffer.from(control).toString("latin1"), `the control file of ${path}`);
  if (fields !== undefined && more.length === 0 && fields.get("Package") && fields.get("Version")) return fields;
  throw new DistillError("FORMAT_INVALID", `${path} has no valid control file`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
