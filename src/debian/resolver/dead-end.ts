import { DistillError } from "../../lib/errors.ts";
import type { PackageIndex } from "../index/package-index.ts";
import type { BinaryPackage } from "../package/package.ts";
import { type Clause, formatClause, formatRelation, type Relation } from "../package/relation.ts";
import type { Conflict } from "./world.ts";

/** A clause that nothing can satisfy in the state that the search was in. */
export interface DeadEnd {
  /** Names from a root to the package whose clause it is; empty for a root's own. */
  readonly chain: readonly string[];
  readonly clause: Clause;
  readonly blockers: readonly {
    readonly candidate: BinaryPackage;
    readonly by: BinaryPackage;
    readonly conflict: Conflict | undefined;
    /** Names from a root to the package that blocks. */
    readonly chain: readonly string[];
  }[];
  readonly architecture: string;
}

const SHOWN_VERSIONS = 5;

/** The error that explains a dead end: PACKAGE_CONFLICT where a Conflicts or Breaks stands in the way, else UNSATISFIABLE. */
export function deadEndError(deadEnd: DeadEnd, index: PackageIndex): DistillError {
  const { chain, clause, blockers } = deadEnd;
  const path = [...chain, formatClause(clause)].join(" -> ");
  const conflict = blockers.find((blocker) => blocker.conflict !== undefined);
  if (conflict !== undefined) {
    const names = [conflict.candidate.name, conflict.by.name];
    return new DistillError(
      "PACKAGE_CONFLICT",
      `${names.join(" and ")} cannot be in one image: ${explainBlocker(conflict)} (needed: ${path}; ${origin(conflict)})`,
      { hint: "leave one of the two out" },
    );
  }
  const reasons = [
    ...new Set(
      blockers.length > 0 ? blockers.map(explainBlocker) : clause.map((each) => explainMissing(each, deadEnd, index)),
    ),
  ];
  return new DistillError("UNSATISFIABLE", `cannot satisfy ${path}: ${reasons.join("; ")}`, {
    hint: "ask for a version that the archive has, or for another package",
  });
}

function explainBlocker({ candidate, by, conflict }: DeadEnd["blockers"][number]): string {
  if (conflict === undefined) return `${by.name} ${by.version} is chosen already, not ${candidate.version}`;
  const { owner, field, relation } = conflict;
  return `${owner.name} ${owner.version} has ${field}: ${formatRelation(relation)}`;
}

function origin({ by, chain }: DeadEnd["blockers"][number]): string {
  return chain.length > 1 ? chain.join(" -> ") : `${by.name} was asked for or is in a lower tier`;
}

function explainMissing({ name }: Relation, { architecture }: DeadEnd, index: PackageIndex): string {
  const fits = (each: BinaryPackage): boolean => each.architecture === architecture || each.architecture === "all";
  const versions = [
    ...new Set(
      index
        .versions(name)
        .filter(fits)
        .map((each) => each.version),
    ),
  ];
  const provided = index
    .providers(name)
    .filter((each) => fits(each.package))
    .map((each) => `${each.package.name} (${each.version === undefined ? "no version" : `= ${each.version}`})`);
  if (versions.length > 0) return `the archive has ${name} ${versions.slice(0, SHOWN_VERSIONS).join(", ")}`;
  if (provided.length > 0) return `${name} is provided by ${provided.slice(0, SHOWN_VERSIONS).join(", ")}`;
  return `${name} is not in the archive`;
}
