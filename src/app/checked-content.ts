import type { Digest } from "../lib/digest.ts";
import { BackingFile, type Content } from "../rootfs/content.ts";

/**
 * A file of a cache as content: `check` is called once, before the first byte is read, and the file stays open from then
 * until `close`.
 */
export class CheckedContent implements Content {
  readonly size: number;
  readonly #identity: string;
  readonly #file: BackingFile;
  readonly #check: () => Promise<void>;
  #checked: Promise<void> | undefined;

  constructor(
    path: string,
    { size, digest }: { readonly size: number; readonly digest: Digest },
    check: () => Promise<void>,
  ) {
    this.size = size;
    this.#identity = digest;
    this.#file = new BackingFile(path);
    this.#check = check;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.#checked ??= this.#check();
    await this.#checked;
    return this.#file.range(0, this.size).read(offset, length);
  }

  identity(): string {
    return this.#identity;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
