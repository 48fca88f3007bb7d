import type { BinaryPackage } from "../../debian/package/package.ts";
import type { Payload } from "./payload.ts";

/** Unpacked packages, and a way to unpack more where some are missing. */
export class PayloadCache {
  readonly #more: { unpack(packages: readonly BinaryPackage[]): Promise<readonly Payload[]> };
  readonly #payloads: Map<BinaryPackage, Payload>;
  #grew = false;

  constructor(
    more: { unpack(packages: readonly BinaryPackage[]): Promise<readonly Payload[]> },
    payloads: readonly Payload[],
  ) {
    this.#more = more;
    this.#payloads = new Map(payloads.map((payload) => [payload.package, payload]));
  }

  /** True once a package was asked for that was not there from the beginning. */
  get grew(): boolean {
    return this.#grew;
  }

  /** The packages' payloads in their order. */
  async of(packages: readonly BinaryPackage[]): Promise<readonly Payload[]> {
    const missing = packages.filter((each) => !this.#payloads.has(each));
    if (missing.length > 0) {
      this.#grew = true;
      for (const payload of await this.#more.unpack(missing)) this.#payloads.set(payload.package, payload);
    }
    return packages.map((each) => this.#payloads.get(each) as Payload);
  }
}
