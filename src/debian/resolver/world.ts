import type { BinaryPackage } from "../package/package.ts";
import { providedSatisfies, type Relation, satisfies } from "../package/relation.ts";

/** Two packages that cannot be together, and which of them says so where. */
export interface Conflict {
  readonly owner: BinaryPackage;
  readonly field: "Conflicts" | "Breaks";
  readonly relation: Relation;
  readonly other: BinaryPackage;
}

/** A field in which a package speaks against others. */
type Opposition = Omit<Conflict, "other">;

/** The packages that stand together so far: who satisfies a relation, and whom a further one would conflict with. */
export class World {
  readonly architecture: string;
  readonly #packages = new Map<string, BinaryPackage>();
  readonly #providers = new Map<string, BinaryPackage[]>();
  readonly #oppositions = new Map<string, Opposition[]>();

  constructor(architecture: string) {
    this.architecture = architecture;
  }

  /** The package of that name. */
  get(name: string): BinaryPackage | undefined {
    return this.#packages.get(name);
  }

  /** Adds a package whose name is free. */
  add(added: BinaryPackage): void {
    this.#packages.set(added.name, added);
    for (const { name } of added.provides) append(this.#providers, name, added);
    for (const opposition of oppositionsOf(added)) append(this.#oppositions, opposition.relation.name, opposition);
  }

  /** Takes the package back that was added last. */
  remove(last: BinaryPackage): void {
    this.#packages.delete(last.name);
    for (const { name } of last.provides) this.#providers.get(name)?.pop();
    for (const { relation } of oppositionsOf(last)) this.#oppositions.get(relation.name)?.pop();
  }

  /** The packages that satisfy the relation by their name or by their Provides. */
  satisfying(relation: Relation): readonly BinaryPackage[] {
    const named = this.#packages.get(relation.name);
    const found = new Set<BinaryPackage>();
    if (named !== undefined && matches(named, relation, this.architecture)) found.add(named);
    for (const provider of this.#providers.get(relation.name) ?? []) {
      if (matches(provider, relation, this.architecture)) found.add(provider);
    }
    return [...found];
  }

  /** The first conflict between `candidate` and a package that is here, in either direction. */
  conflictWith(candidate: BinaryPackage): Conflict | undefined {
    for (const opposition of oppositionsOf(candidate)) {
      const other = this.satisfying(opposition.relation).find((each) => each.name !== candidate.name);
      if (other !== undefined) return { ...opposition, other };
    }
    for (const name of [candidate.name, ...candidate.provides.map((provided) => provided.name)]) {
      const opposition = this.#oppositions
        .get(name)
        ?.find(
          ({ owner, relation }) => owner.name !== candidate.name && matches(candidate, relation, this.architecture),
        );
      if (opposition !== undefined) return { ...opposition, other: candidate };
    }
    return undefined;
  }
}

/**
 * True where the package satisfies the relation, by name or by Provides. A world has one architecture, so `:any`,
 * `:native` and its own name all say the same, whatever the package's Multi-Arch; another architecture's never match.
 */
export function matches(candidate: BinaryPackage, relation: Relation, architecture: string): boolean {
  const { name, qualifier, constraint } = relation;
  if (!["", "any", "native", architecture].includes(qualifier)) return false;
  if (candidate.name === name && satisfies(candidate.version, constraint)) return true;
  return candidate.provides.some((each) => each.name === name && providedSatisfies(each.version, constraint));
}

function* oppositionsOf(owner: BinaryPackage): Generator<Opposition> {
  for (const field of ["conflicts", "breaks"] as const) {
    for (const clause of owner[field]) {
      for (const relation of clause) {
        yield { owner, field: field === "conflicts" ? "Conflicts" : "Breaks", relation };
      }
    }
  }
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
