import { dataOffset, readZipDirectory, type ZipEntry } from "../../../formats/zip/directory.ts";
import { readZipEntry, STORED } from "../../../formats/zip/read.ts";
import { bytesContent, type Content, partOf } from "../../../rootfs/content.ts";
import { unlessBroken } from "../compiled.ts";
import { type ArchiveFile, type FoundLibrary, isRecord, librariesIn } from "./libraries.ts";

const ARCHIVE = /\.(jar|war|ear|jpi|hpi)$/;
const MAX_NAME = 4096;

/** Bounds of one file and all that is inside it. */
export interface ArchiveLimits {
  /** Archives in archives in it, the outermost one included. */
  readonly depth: number;
  /** Bytes that are decompressed. */
  readonly bytes: number;
  /** Archives and records that are read. */
  readonly entries: number;
  /** Bytes of directories. */
  readonly directories: number;
  /** Bytes of decompressed archives that are held at one time, at whatever depth. */
  readonly held: number;
}

const MIB = 1024 * 1024;
const LIMITS: ArchiveLimits = {
  depth: 5,
  bytes: 1024 * MIB,
  entries: 20_000,
  directories: 256 * MIB,
  held: 128 * MIB,
};

/** True for the name of a Java archive. */
export function isJavaArchive(name: string): boolean {
  return ARCHIVE.test(name);
}

/** Where an archive is. */
interface Place {
  /** Its own name. */
  readonly fileName: string;
  /** Its path in the outermost archive; "" for that itself. */
  readonly path: string;
  readonly depth: number;
  /** Bytes of the archives around it that are held in memory. */
  readonly held: number;
}

/** Finds the libraries in one file: those that it is made of, and those of archives inside it. */
export class ArchiveReader {
  readonly #tell: (problem: string) => void;
  readonly #limits: ArchiveLimits;
  #bytes = 0;
  #entries = 0;
  #directories = 0;
  #isFull = false;

  /** `tell` hears of what could not be read, with its path inside the file. */
  constructor(tell: (problem: string) => void, limits: ArchiveLimits = LIMITS) {
    this.#tell = tell;
    this.#limits = limits;
  }

  /** The libraries in the order of the directory; what is no archive has none. */
  read(content: Content, fileName: string): Promise<readonly FoundLibrary[]> {
    return this.#archive(content, { fileName, path: "", depth: 1, held: 0 });
  }

  async #archive(content: Content, place: Place): Promise<readonly FoundLibrary[]> {
    const tell = (problem: string): void => this.#tell(place.path === "" ? problem : `${place.path}: ${problem}`);
    const isOfInterest = (name: string): boolean => name.length <= MAX_NAME && (isRecord(name) || isJavaArchive(name));
    const limit = this.#limits.directories - this.#directories;
    const directory = await unlessBroken(() => readZipDirectory(content, isOfInterest, limit), tell);
    if (directory === undefined) return [];
    this.#directories += directory.size;
    if (directory.isCut) tell("its directory is damaged, and what stands behind the damage is not looked at");
    const records = new Map(directory.entries.filter(({ name }) => isRecord(name)).map((entry) => [entry.name, entry]));
    const archive: ArchiveFile = {
      fileName: place.fileName,
      path: place.path,
      records: new Set(records.keys()),
      read: async (name, limit) => {
        const entry = records.get(name);
        return entry === undefined ? undefined : this.#bytesOf(content, entry, limit, place);
      },
    };
    const found = [...(await librariesIn(archive))];
    for (const entry of directory.entries) {
      if (isJavaArchive(entry.name)) found.push(...(await this.#inner(content, entry, place)));
    }
    return found;
  }

  /** Archives that are stored as they are, as Spring Boot does it, are read where they lie; others are decompressed. */
  async #inner(content: Content, entry: ZipEntry, place: Place): Promise<readonly FoundLibrary[]> {
    const path = pathOf(place, entry);
    if (place.depth >= this.#limits.depth) {
      this.#tell(`${path}: archives are nested too deep`);
      return [];
    }
    const isStored = entry.method === STORED && !entry.isEncrypted;
    const bytes = isStored ? undefined : await this.#bytesOf(content, entry, this.#limits.held - place.held, place);
    const inner = isStored ? await this.#stored(content, entry, place) : bytes && bytesContent(bytes);
    if (inner === undefined) return [];
    const fileName = entry.name.slice(entry.name.lastIndexOf("/") + 1);
    const held = place.held + (bytes?.length ?? 0);
    return this.#archive(inner, { fileName, path, depth: place.depth + 1, held });
  }

  async #stored(content: Content, entry: ZipEntry, place: Place): Promise<Content | undefined> {
    if (!this.#spend(0)) return undefined;
    const offset = await unlessBroken(
      () => dataOffset(content, entry),
      (problem) => this.#tell(`${pathOf(place, entry)}: ${problem}`),
    );
    return offset === undefined ? undefined : partOf(content, offset, entry.compressedSize);
  }

  async #bytesOf(content: Content, entry: ZipEntry, limit: number, place: Place): Promise<Uint8Array | undefined> {
    if (entry.size <= limit && !this.#spend(entry.size)) return undefined;
    return unlessBroken(
      () => readZipEntry(content, entry, limit),
      (problem) => this.#tell(`${pathOf(place, entry)}: ${problem}`),
    );
  }

  /** False where the bounds of the file are reached, which is told once. */
  #spend(bytes: number): boolean {
    this.#bytes += bytes;
    this.#entries++;
    if (this.#bytes <= this.#limits.bytes && this.#entries <= this.#limits.entries) return true;
    if (!this.#isFull) this.#tell("it holds more than is looked at");
    this.#isFull = true;
    return false;
  }
}

function pathOf(place: Place, { name }: ZipEntry): string {
  const shown = name.replaceAll(/\p{Cc}/gu, "?");
  return place.path === "" ? shown : `${place.path}!/${shown}`;
}
