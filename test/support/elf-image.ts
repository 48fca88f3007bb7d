/** What a synthetic ELF file shall say. Only what a loader reads is made: there are no sections and no code. */
export interface ElfImage {
  readonly class?: 32 | 64;
  readonly littleEndian?: boolean;
  readonly machine?: number;
  readonly type?: number;
  readonly flags?: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  readonly flags1?: number;
  readonly versionNeeds?: readonly {
    readonly library: string;
    readonly versions: readonly string[];
    readonly weak?: readonly string[];
  }[];
  /** The first one is written as the file's own name (VER_FLG_BASE). */
  readonly versionDefinitions?: readonly string[];
  /** Bits for GNU_PROPERTY_X86_ISA_1_NEEDED. */
  readonly isaNeeded?: number;
  /** Where the one PT_LOAD maps the file. */
  readonly base?: bigint;
  /** Entries that come first in the dynamic section. */
  readonly dynamic?: readonly (readonly [tag: number, value: bigint])[];
}

const INTERP = 3;
const LOAD = 1;
const DYNAMIC = 2;
const PROPERTY = 0x6474e553;

/** Writes an ELF file: header, program headers, interpreter, names, version tables, dynamic section, property note. */
export function elfImage(image: ElfImage): Uint8Array {
  const writer = new Writer(image.class ?? 64, image.littleEndian ?? true);
  const names = new Names();
  const base = image.base ?? 0x400000n;
  const headerSize = writer.wide ? 64 : 52;
  const segmentSize = writer.wide ? 56 : 32;

  const entries: [number, bigint][] = [];
  for (const [tag, value] of image.dynamic ?? []) entries.push([tag, value]);
  for (const name of image.needed ?? []) entries.push([1, BigInt(names.add(name))]);
  if (image.soname !== undefined) entries.push([14, BigInt(names.add(image.soname))]);
  if (image.rpath !== undefined) entries.push([15, BigInt(names.add(image.rpath))]);
  if (image.runpath !== undefined) entries.push([29, BigInt(names.add(image.runpath))]);
  if (image.flags1 !== undefined) entries.push([0x6ffffffb, BigInt(image.flags1)]);
  const needs = versionNeeds(writer, names, image);
  const definitions = versionDefinitions(writer, names, image);

  const isDynamic = entries.length > 0 || needs.length > 0 || definitions.length > 0;
  const count =
    1 + (isDynamic ? 1 : 0) + (image.interpreter === undefined ? 0 : 1) + (image.isaNeeded === undefined ? 0 : 1);
  const body: Uint8Array[] = [];
  let end = headerSize + segmentSize * count;
  const place = (bytes: Uint8Array): { offset: number; size: number } => {
    const offset = Math.ceil(end / 8) * 8;
    body.push(new Uint8Array(offset - end), bytes);
    end = offset + bytes.length;
    return { offset, size: bytes.length };
  };

  const segments: { type: number; offset: number; size: number }[] = [];
  if (image.interpreter !== undefined) segments.push({ type: INTERP, ...place(latin1(`${image.interpreter}\0`)) });
  if (isDynamic) {
    if (needs.length > 0) {
      entries.push([0x6ffffffe, base + BigInt(place(needs).offset)]);
      entries.push([0x6fffffff, BigInt((image.versionNeeds ?? []).length)]);
    }
    if (definitions.length > 0) {
      entries.push([0x6ffffffc, base + BigInt(place(definitions).offset)]);
      entries.push([0x6ffffffd, BigInt((image.versionDefinitions ?? []).length)]);
    }
    const table = names.bytes();
    entries.push([5, base + BigInt(place(table).offset)], [10, BigInt(table.length)], [0, 0n]);
    segments.push({
      type: DYNAMIC,
      ...place(join(entries.map(([tag, value]) => join([writer.word(BigInt(tag)), writer.word(value)])))),
    });
  }
  if (image.isaNeeded !== undefined) segments.push({ type: PROPERTY, ...place(propertyNote(writer, image.isaNeeded)) });
  segments.unshift({ type: LOAD, offset: 0, size: end });

  return join([
    fileHeader(writer, image, headerSize, segmentSize, segments.length),
    ...segments.map((segment) => programHeader(writer, segment, base)),
    ...body,
  ]);
}

function fileHeader(writer: Writer, image: ElfImage, size: number, segmentSize: number, count: number): Uint8Array {
  return join([
    Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, writer.wide ? 2 : 1, writer.littleEndian ? 1 : 2, 1, 0, 0),
    new Uint8Array(7),
    writer.half(image.type ?? 3),
    writer.half(image.machine ?? 62),
    writer.int(1),
    writer.word(0n),
    writer.word(BigInt(size)),
    writer.word(0n),
    writer.int(image.flags ?? 0),
    ...[size, segmentSize, count, writer.wide ? 64 : 40, 0, 0].map((value) => writer.half(value)),
  ]);
}

function programHeader(
  writer: Writer,
  segment: { readonly type: number; readonly offset: number; readonly size: number },
  base: bigint,
): Uint8Array {
  const offset = writer.word(BigInt(segment.offset));
  const address = writer.word(base + BigInt(segment.offset));
  const size = writer.word(BigInt(segment.size));
  const flags = writer.int(4);
  const start = [writer.int(segment.type), ...(writer.wide ? [flags] : []), offset, address, address, size, size];
  return join([...start, ...(writer.wide ? [] : [flags]), writer.word(8n)]);
}

function versionNeeds(writer: Writer, names: Names, image: ElfImage): Uint8Array {
  const needs = image.versionNeeds ?? [];
  return join(
    needs.map(({ library, versions, weak = [] }, index) => {
      const size = 16 + 16 * versions.length;
      const next = index === needs.length - 1 ? 0 : size;
      const head = [writer.half(1), writer.half(versions.length)];
      const links = [names.add(library), 16, next].map((value) => writer.int(value));
      const records = versions.map((version, at) =>
        join([
          writer.int(0),
          writer.half(weak.includes(version) ? 2 : 0),
          writer.half(at + 2),
          writer.int(names.add(version)),
          writer.int(at === versions.length - 1 ? 0 : 16),
        ]),
      );
      return join([...head, ...links, ...records]);
    }),
  );
}

function versionDefinitions(writer: Writer, names: Names, image: ElfImage): Uint8Array {
  const definitions = image.versionDefinitions ?? [];
  return join(
    definitions.map((name, index) =>
      join([
        ...[1, index === 0 ? 1 : 0, index + 1, 1].map((value) => writer.half(value)),
        ...[0, 20, index === definitions.length - 1 ? 0 : 28].map((value) => writer.int(value)),
        writer.int(names.add(name)),
        writer.int(0),
      ]),
    ),
  );
}

function propertyNote(writer: Writer, isa: number): Uint8Array {
  const padding = new Uint8Array(writer.wide ? 4 : 0);
  const property = join([writer.int(0xc0008002), writer.int(4), writer.int(isa), padding]);
  return join([writer.int(4), writer.int(property.length), writer.int(5), latin1("GNU\0"), property]);
}

/** A string table under construction. */
class Names {
  #text = "\0";

  add(name: string): number {
    const index = this.#text.length;
    this.#text += `${name}\0`;
    return index;
  }

  bytes(): Uint8Array {
    return latin1(this.#text);
  }
}

class Writer {
  readonly wide: boolean;
  readonly littleEndian: boolean;

  constructor(wordSize: 32 | 64, littleEndian: boolean) {
    this.wide = wordSize === 64;
    this.littleEndian = littleEndian;
  }

  half(value: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(2));
    view.setUint16(0, value, this.littleEndian);
    return new Uint8Array(view.buffer);
  }

  int(value: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, value, this.littleEndian);
    return new Uint8Array(view.buffer);
  }

  word(value: bigint): Uint8Array {
    if (!this.wide) return this.int(Number(value));
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, value, this.littleEndian);
    return new Uint8Array(view.buffer);
  }
}

function latin1(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
