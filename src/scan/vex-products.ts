import { type ParsedPurl, parsePurl } from "../inventory/parse-purl.ts";
import { digestsOf, isImage } from "./image-identity.ts";
import { purlKey, samePackage } from "./package-pattern.ts";
import type { VexComponent, VexProduct } from "./read-openvex.ts";
import type { ScannedPackage, ScanSubject } from "./report.ts";

/** A package whose URLs were taken apart, once for all statements. */
export interface ParsedPackage {
  readonly own: Named;
  /** What lies in its files. */
  readonly parts: readonly Named[];
}

interface Named {
  readonly purl: string;
  readonly parsed: ParsedPurl | undefined;
}

export function parsedPackage({ purl, parts }: ScannedPackage): ParsedPackage {
  const named = (text: string): Named => ({ purl: text, parsed: parsePurl(text) });
  return { own: named(purl), parts: parts.map(named) };
}

/** The products of a statement, ready to be asked about many packages of one image. */
export class VexProducts {
  /** The image is a product, and nothing in it is named. */
  readonly #isWholeImage: boolean;
  readonly #inImage: Components<VexComponent>;
  readonly #packages: Components<VexProduct>;

  constructor(products: readonly VexProduct[], subject: ScanSubject) {
    const { image: images = [], other = [] } = Object.groupBy(products, (product) =>
      isSubject(product, subject) ? "image" : "other",
    );
    this.#isWholeImage = images.some(({ subcomponents }) => subcomponents.length === 0);
    this.#inImage = new Components(images.flatMap(({ subcomponents }) => subcomponents));
    this.#packages = new Components(other);
  }

  /** Whether the statement is about a package of the image. */
  areAbout({ own, parts }: ParsedPackage): boolean {
    if (this.#isWholeImage || this.#inImage.like(own).length > 0) return true;
    return this.#packages
      .like(own)
      .some(({ subcomponents }) => subcomponents.length === 0 || isOneOf([own, ...parts], subcomponents));
  }
}

/** Components by the packages that they may be: a statement may name a hundred thousand. */
class Components<T extends VexComponent> {
  readonly #byKey = new Map<string, T[]>();

  constructor(components: readonly T[]) {
    for (const component of components) {
      const { purl, identifiers } = component;
      for (const key of purl === undefined ? identifiers.map((each) => `= ${each}`) : [purlKey(purl)]) {
        const known = this.#byKey.get(key);
        if (known === undefined) this.#byKey.set(key, [component]);
        else known.push(component);
      }
    }
  }

  like({ purl, parsed }: Named): readonly T[] {
    const named = this.#byKey.get(`= ${purl}`) ?? [];
    if (parsed === undefined) return named;
    const candidates = this.#byKey.get(purlKey(parsed)) ?? [];
    return [...named, ...candidates.filter(({ purl: wanted }) => wanted !== undefined && samePackage(wanted, parsed))];
  }
}

function isOneOf(packages: readonly Named[], components: readonly VexComponent[]): boolean {
  const index = new Components(components);
  return packages.some((each) => index.like(each).length > 0);
}

function isSubject({ purl, identifiers, digest }: VexComponent, subject: ScanSubject): boolean {
  const digests = digestsOf(subject);
  return (
    (digest !== undefined && digests.includes(digest)) ||
    (purl !== undefined && isImage(purl, subject)) ||
    // A digest alone, a name with one, and what distill writes for an image without a name of a registry's.
    identifiers.some((each) => !/^pkg:/i.test(each) && digests.some((own) => isDigestOf(each, own)))
  );
}

function isDigestOf(identifier: string, digest: string): boolean {
  return identifier === digest || identifier.endsWith(`@${digest}`) || identifier.endsWith(`:${digest}`);
}
