/** Decodes numbers in a file's own byte order and word size. */
export class Fields {
  readonly wide: boolean;
  readonly #littleEndian: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, encoding: Encoding) {
    this.wide = encoding.class === 64;
    this.#littleEndian = encoding.littleEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  half(offset: number): number {
    return this.#view.getUint16(offset, this.#littleEndian);
  }

  int(offset: number): number {
    return this.#view.getUint32(offset, this.#littleEndian);
  }

  /** An address: 4 bytes in a 32-bit file, 8 in a 64-bit one. Exact, for the kernel's lie above 2^53. */
  address(offset: number): bigint {
    return this.wide ? this.#view.getBigUint64(offset, this.#littleEndian) : BigInt(this.int(offset));
  }

  /** An offset or size. Above 2^53 it is not exact, but then it lies outside of every file. */
  size(offset: number): number {
    return Number(this.address(offset));
  }
}

export interface Encoding {
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
}
