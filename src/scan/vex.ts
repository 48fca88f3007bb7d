import type { ReadStatement } from "./read-openvex.ts";
import type { Finding, ScannedPackage, ScanSubject } from "./report.ts";
import { namesOf, type Opinion, type Opinions } from "./set-aside.ts";
import { parsedPackage, VexProducts } from "./vex-products.ts";

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

class Vex implements Opinions {
  readonly #subject: ScanSubject;
  readonly #statements: readonly ReadStatement[];
  /** By name of the flaw, numbers of statements. */
  readonly #byName = new Map<string, number[]>();
  readonly #used = new Set<ReadStatement>();
  /** Of those that were asked about. */
  readonly #products = new Map<ReadStatement, VexProducts>();

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
    const parsed = parsedPackage(at);
    let latest: ReadStatement | undefined;
    for (const number of [...numbers].sort((a, b) => a - b)) {
      const statement = this.#statements[number];
      if (statement === undefined || !this.#productsOf(statement).areAbout(parsed)) continue;
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
      .map(({ where, status, names }) => `${where}: ${names[0] ?? "no name"} ${status}: it matches no finding`);
    return unused.length > MAX_NAMED
      ? [...named, `and ${unused.length - MAX_NAMED} more VEX statements that match no finding`]
      : named;
  }

  #productsOf(statement: ReadStatement): VexProducts {
    const known = this.#products.get(statement) ?? new VexProducts(statement.products, this.#subject);
    this.#products.set(statement, known);
    return known;
  }
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
