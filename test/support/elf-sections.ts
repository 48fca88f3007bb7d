/** How a file of sections is written; 64 bits, little-endian, sections at multiples of 16 where nothing is said. */
export interface SectionedElf {
  readonly class?: 32 | 64;
  readonly littleEndian?: boolean;
  /** False leaves the section headers away, as sstrip(1) does. */
  readonly headers?: boolean;
}

/** Where the one segment maps the file; it may be written to. */
export const ELF_BASE = 0x400000;

/**
 * An ELF file of named sections, mapped by one segment. A function as a section's bytes is given the address that it will
 * stand at.
 */
export function sectionedElf(
  sections: Readonly<Record<string, Uint8Array | ((address: number) => Uint8Array)>>,
  options: SectionedElf = {},
): Uint8Array {
  const wide = (options.class ?? 64) === 64;
  const little = options.littleEndian ?? true;
  const bytes: number[] = [];
  const put = (value: number, size: number): void => {
    const digits = Array.from({ length: size }, (_, index) => Math.floor(value / 2 ** (8 * index)) & 0xff);
    bytes.push(...(little ? digits : digits.reverse()));
  };
  const word = (value: number): void => put(value, wide ? 8 : 4);

  const placed: { readonly name: number; readonly offset: number; readonly bytes: Uint8Array }[] = [];
  let names = "\0";
  let end = wide ? 128 : 96;
  const place = (name: string, of: Uint8Array | ((address: number) => Uint8Array)): void => {
    const content = typeof of === "function" ? of(ELF_BASE + end) : of;
    placed.push({ name: names.length, offset: end, bytes: content });
    names += `${name}\0`;
    end = Math.ceil((end + content.length) / 16) * 16;
  };
  for (const [name, content] of Object.entries(sections)) place(name, content);
  place(".shstrtab", () => Buffer.from(`${names}.shstrtab\0`, "latin1"));
  const hasHeaders = options.headers ?? true;

  bytes.push(0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  put(2, 2);
  put(62, 2);
  put(1, 4);
  word(0);
  word(wide ? 64 : 52);
  word(hasHeaders ? end : 0);
  put(0, 4);
  const counts = hasHeaders ? [wide ? 64 : 40, placed.length + 1, placed.length] : [0, 0, 0];
  for (const half of [wide ? 64 : 52, wide ? 56 : 32, 1, ...counts]) put(half, 2);

  put(1, 4);
  if (wide) put(6, 4);
  for (const value of [0, ELF_BASE, ELF_BASE, end, end]) word(value);
  if (!wide) put(6, 4);
  word(4096);

  for (const section of placed) {
    while (bytes.length < section.offset) bytes.push(0);
    for (const byte of section.bytes) bytes.push(byte);
  }
  while (bytes.length < end) bytes.push(0);
  if (hasHeaders) {
    for (let at = 0; at < (wide ? 64 : 40); at++) bytes.push(0);
    for (const section of placed) {
      put(section.name, 4);
      put(1, 4);
      for (const value of [3, ELF_BASE + section.offset, section.offset, section.bytes.length]) word(value);
      put(0, 4);
      put(0, 4);
      word(16);
      word(0);
    }
  }
  return Uint8Array.from(bytes);
}
