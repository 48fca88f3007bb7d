import { splitFileName } from "./file-name.ts";
import { identityOf, statedNames, statedVersion } from "./identity.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { licenseText, type MavenCoordinates, readPomLicenses, readPomProperties } from "./pom.ts";

/** A library in an archive. */
export interface FoundLibrary extends MavenCoordinates {
  readonly licenses: readonly string[];
  /** Where it is in the outermost archive; undefined for what that is as a whole. */
  readonly inside: string | undefined;
}

/** An archive, of which the records are read. */
export interface ArchiveFile {
  readonly fileName: string;
  /** Its path in the outermost archive; "" for that itself. */
  readonly path: string;
  /** Names of the entries that isRecord() accepts, in the order of the directory. */
  readonly records: ReadonlySet<string>;
  /** The bytes of one; undefined where they cannot be read, which was told. */
  read(name: string, limit: number): Promise<Uint8Array | undefined>;
}

const MANIFEST = "META-INF/MANIFEST.MF";
const POM = /(?:^|\/)META-INF\/maven\/[^/]+\/[^/]+\/pom\.(?:properties|xml)$/;
const PROPERTIES = ".properties";

/** Bytes. */
const MAX_PROPERTIES = 64 * 1024;
const MAX_MANIFEST = 4 * 1024 * 1024;
const MAX_POM = 1024 * 1024;

/** True for the name of an entry that says what an archive is made of. */
export function isRecord(name: string): boolean {
  return name === MANIFEST || POM.test(name);
}

interface Pom extends MavenCoordinates {
  /** Of the entry. */
  readonly name: string;
}

/**
 * What the archive is itself, and what was merged into it (Maven's shade plugin keeps the records of what it merges). Its
 * own record of Maven's says what it is; without one, manifest and file name do.
 */
export async function librariesIn(archive: ArchiveFile): Promise<readonly FoundLibrary[]> {
  const bytes = archive.records.has(MANIFEST) ? await archive.read(MANIFEST, MAX_MANIFEST) : undefined;
  const manifest: Manifest = bytes === undefined ? new Map() : readManifest(bytes);
  const poms = await pomsOf(archive);
  const own = ownPom(poms, archive.fileName, manifest);
  const itself = own ?? identityOf(manifest, archive.fileName);
  const place = archive.path === "" ? undefined : archive.path;
  const found: FoundLibrary[] = [];
  if (itself !== undefined) {
    const licenses = (own && (await pomLicenses(archive, own.name))) ?? [];
    found.push(libraryOf(itself, licenses.length > 0 ? licenses : manifestLicenses(manifest), place));
  }
  for (const pom of poms) {
    if (pom === own) continue;
    const inside = archive.path === "" ? pom.name : `${archive.path}!/${pom.name}`;
    found.push(libraryOf(pom, await pomLicenses(archive, pom.name), inside));
  }
  return found;
}

function libraryOf(
  { group, artifact, version }: MavenCoordinates,
  licenses: readonly string[],
  inside: string | undefined,
): FoundLibrary {
  return { group, artifact, version, licenses, inside };
}

async function pomsOf(archive: ArchiveFile): Promise<readonly Pom[]> {
  const poms = new Map<string, Pom>();
  for (const name of [...archive.records].filter((each) => each.endsWith(PROPERTIES))) {
    const bytes = await archive.read(name, MAX_PROPERTIES);
    const pom = bytes && readPomProperties(bytes);
    if (pom === undefined) continue;
    const key = `${pom.group}:${pom.artifact}:${pom.version}`;
    if (!poms.has(key)) poms.set(key, { ...pom, name });
  }
  return [...poms.values()];
}

/**
 * The record that is about the archive itself: that which its file name or its manifest names, or the only one of an
 * archive that was given another name, where neither that nor its manifest states another version.
 */
function ownPom(poms: readonly Pom[], fileName: string, manifest: Manifest): Pom | undefined {
  const isNamed = ({ artifact, version }: Pom): boolean =>
    fileName.startsWith(`${artifact}-${version}`) || fileName.replace(/\.[^.]*$/, "") === artifact;
  const names = statedNames(manifest);
  const stated = statedVersion(manifest);
  const versions = [stated, splitFileName(fileName, stated).version].filter((version) => version !== "");
  const only = poms.length === 1 ? poms.find(({ version }) => versions.every((each) => each === version)) : undefined;
  return (
    poms.find(isNamed) ??
    poms.find(({ artifact, group }) => names.includes(artifact) || names.includes(`${group}.${artifact}`)) ??
    only
  );
}

/** Of the pom.xml that stands beside the properties. */
async function pomLicenses(archive: ArchiveFile, properties: string): Promise<readonly string[]> {
  const name = `${properties.slice(0, -PROPERTIES.length)}.xml`;
  const bytes = archive.records.has(name) ? await archive.read(name, MAX_POM) : undefined;
  return bytes === undefined ? [] : readPomLicenses(bytes);
}

/** Bundle-License: names or addresses with commas between, and directives behind semicolons (OSGi Core, 3.2.1). */
function manifestLicenses(manifest: Manifest): readonly string[] {
  const text = manifest.get("bundle-license") ?? manifest.get("plugin-license-name") ?? "";
  if (text === "<<EXTERNAL>>") return [];
  const parts = text.slice(0, 4000).split(",");
  const names = parts.map((part) => licenseText(part.split(";")[0]?.replaceAll('"', "") ?? ""));
  return names.filter((name) => name !== "").slice(0, 20);
}
