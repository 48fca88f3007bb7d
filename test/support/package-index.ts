import { buildIndex, openIndex } from "../../src/debian/index/index-file.ts";
import { PackageIndex } from "../../src/debian/index/package-index.ts";

/** A stanza of a Packages file: `fields` beside or in place of those that each package has. */
export function stanza(name: string, version = "1", fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Package: name,
    Version: version,
    Architecture: "amd64",
    Priority: "optional",
    Filename: `pool/main/${name}_${version.replace(/^\d+:/, "")}_amd64.deb`,
    Size: "100",
    SHA256: "0".repeat(64),
    ...fields,
  };
  return Object.entries(all)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join("");
}

/** A Packages file of these stanzas. */
export function packagesFile(...stanzas: readonly string[]): Uint8Array {
  return Buffer.from(stanzas.join("\n"), "latin1");
}

/** The bytes in chunks of `size`. */
export async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** An index of archives, each given by its stanzas. */
export async function indexOf(...archives: readonly (readonly string[])[]): Promise<PackageIndex> {
  const files = archives.map(async (stanzas) => openIndex(await buildIndex(chunksOf(packagesFile(...stanzas), 4096))));
  return new PackageIndex(await Promise.all(files));
}
