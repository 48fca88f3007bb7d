import { type ParsedPurl, parsePurl } from "../inventory/parse-purl.ts";
import { digestsOf, isImage } from "./image-identity.ts";
import { samePackage } from "./package-pattern.ts";
import type { ReadStatement, VexComponent, VexProduct } from "./read-openvex.ts";
import type { Finding, ScannedPackage, ScanSubject } from "./report.ts";
import { namesOf, type Opinion, type Opinions } from "./set-aside.ts";

/** Statements about nothing here that are named. */
const MAX_NAMED = 5;

/**
 * What VEX statements say of findings. Of several about the same finding, the latest counts, of the same time the one that stands
 * last. `not_affected` and `fixed` set it aside, the other two are noted. A statement is about a package where its product is the
 * package, or the image with the package as a subcomponent, or the image without any.
 */
export function vexOpinions(statements: readonly ReadStatement[], subject: ScanSubject): Opinions {
  return new Vex(statements, subject);
}

/** Taken apart once for all statements. */
interface ParsedPackage {
  readonly purl: string;
  readonly parsed: ParsedPurl | undefined;
  readonly parts: readonly (ParsedPurl | undefined)[];
}

class Vex implements Opinions {
  readonly #subject: ScanSubject;
  readonly #statements: readonly ReadStatement[];
  /** By name of the flaw, numbers of statements. */
  readonly #byName = new Map<string, number[]>();
  readonly #used = new Set<ReadStatement>();
  /** Whether a product is the image: a statement may be asked about many findings. */
  readonly #images = new Map<VexProduct, boolean>();

  constructor(statements: readonly ReadStatement[], subject: ScanSubject) {
    this.#subject = subject;
    this.#statements = statements;
    for (const [number, { names }] of statements.entries()) {
      for (const name of new Set(names)) {
        const known = this.#byName.get(name);
        if (known === undefined) this.#byName.set(name, [number]);
        else known.push(number);
      }
    }
  }

  of(finding: Finding, at: ScannedPackage): Opinion | undefined {
    const numbers = new Set([...namesOf(finding)].flatMap((name) => this.#byName.get(name) ?? []));
    const own: ParsedPackage = { purl: at.purl, parsed: parsePurl(at.purl), parts: at.parts.map(parsePurl) };
    let latest: ReadStatement | undefined;
    for (const number of [...numbers].sort((a, b) => a - b)) {
      const statement = this.#statements[number];
      if (!statement?.products.some((product) => this.#isAbout(product, own))) continue;
      this.#used.add(statement);
      if (latest === undefined || statement.time >= latest.time) latest = statement;
    }
    return latest && opinionOf(latest);
  }

  remarks(): readonly string[] {
    const unused = this.#statements.filter((statement) => !this.#used.has(statement));
    if (unused.length === 0) return [];
    const named = unused
      .slice(0, MAX_NAMED)
      .map(({ where, status, names }) => `${where}: ${names[0] ?? "no name"} ${status}: no finding is like that`);
    return unused.length > MAX_NAMED
      ? [...named, `and ${unused.length - MAX_NAMED} more VEX statements that no finding is like`]
      : named;
  }

  #isAbout(product: VexProduct, at: ParsedPackage): boolean {
    const { subcomponents } = product;
    if (this.#isImage(product)) return subcomponents.length === 0 || subcomponents.some((each) => isPackage(each, at));
    if (!isPackage(product, at)) return false;
    return subcomponents.length === 0 || subcomponents.some((each) => isPackage(each, at) || isPart(each, at));
  }

  #isImage(product: VexProduct): boolean {
    const known = this.#images.get(product);
    if (known !== undefined) return known;
    const digests = digestsOf(this.#subject);
    const { purl, identifiers, digest } = product;
    const is =
      (digest !== undefined && digests.includes(digest)) ||
      (purl !== undefined && isImage(purl, this.#subject)) ||
      // A digest alone, a name with one, and what distill writes for an image without a name of a registry's.
      identifiers.some((each) => !/^pkg:/i.test(each) && digests.some((own) => isDigestOf(each, own)));
    this.#images.set(product, is);
    return is;
  }
}

function isDigestOf(identifier: string, digest: string): boolean {
  return identifier === digest || identifier.endsWith(`@${digest}`) || identifier.endsWith(`:${digest}`);
}

function isPackage({ purl, identifiers }: VexComponent, at: ParsedPackage): boolean {
  return purl === undefined ? identifiers.includes(at.purl) : samePackage(purl, at.parsed);
}

function isPart({ purl }: VexComponent, { parts }: ParsedPackage): boolean {
  return purl !== undefined && parts.some((part) => samePackage(purl, part));
}

function opinionOf({ status, justification, text, where }: ReadStatement): Opinion {
  const statement = { status, justification, text, where };
  if (status === "affected" || status === "under_investigation") return { kind: "annotate", statement };
  const reason = [justification?.replaceAll("_", " "), text].filter((each) => each !== undefined && each !== "");
  return {
    kind: "suppress",
    suppressed: {
      by: "vex",
      where,
      reason: reason.join(": ") || status.replaceAll("_", " "),
      until: undefined,
      statement,
    },
  };
}
