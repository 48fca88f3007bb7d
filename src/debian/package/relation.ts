import { DistillError } from "../../lib/errors.ts";
import { compareVersions } from "./version.ts";

/** How versions are compared in a relation. */
export type Operator = "<<" | "<=" | "=" | ">=" | ">>";

export interface Constraint {
  readonly operator: Operator;
  readonly version: string;
}

/** `name[:qualifier] [(operator version)]`. */
export interface Relation {
  readonly name: string;
  /** "" | any | native | an architecture */
  readonly qualifier: string;
  readonly constraint: Constraint | undefined;
}

/** Alternatives: one of them is enough. */
export type Clause = readonly Relation[];

/** All of the clauses. */
export type Dependency = readonly Clause[];

/** A name that a package stands in for; without a version it satisfies only relations without one. */
export interface Provided {
  readonly name: string;
  readonly version: string | undefined;
}

const MAX_FIELD = 1024 * 1024;
const MAX_SHOWN = 100;

const RELATION =
  /^([A-Za-z0-9][A-Za-z0-9+._-]*)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|>=|>>|[<=>])\s*([A-Za-z0-9][^\s()]*)\s*\)\s*)?(?:\[[^[\]]*\]\s*)?(?:<[^<>]*>\s*)*$/;

// deb-control(5): the single signs are obsolete and mean "or equal".
const OPERATORS: Readonly<Record<string, Operator>> = {
  "<<": "<<",
  "<=": "<=",
  "<": "<=",
  "=": "=",
  ">=": ">=",
  ">": ">=",
  ">>": ">>",
};

/**
 * Parses Depends, Conflicts and the like (Debian Policy 7.1). Architecture lists and build profiles are read over: in a
 * binary package they have been applied already. `where` names package and field in errors (FORMAT_INVALID,
 * LIMIT_EXCEEDED).
 */
export function parseDependency(text: string, where: string): Dependency {
  return pieces(text, ",", where).map((clause) =>
    pieces(clause, "|", where).map((relation) => parseRelation(relation, where)),
  );
}

/** Parses one relation: "libc6 (>= 2.38)". */
export function parseRelation(text: string, where: string): Relation {
  const [, name, qualifier = "", sign, version] = RELATION.exec(text.trim()) ?? [];
  if (name === undefined) {
    throw new DistillError("FORMAT_INVALID", `${where}: not a relation: ${JSON.stringify(text.slice(0, MAX_SHOWN))}`, {
      hint: "expected NAME or NAME (>= VERSION)",
    });
  }
  const operator = OPERATORS[sign ?? ""];
  return {
    name,
    qualifier,
    constraint: operator === undefined || version === undefined ? undefined : { operator, version },
  };
}

/** Parses Provides (Policy 7.5): names, each with `(= version)` or without a version. */
export function parseProvides(text: string, where: string): readonly Provided[] {
  return pieces(text, ",", where).map((piece) => {
    const { name, constraint } = parseRelation(piece, where);
    if (constraint !== undefined && constraint.operator !== "=") {
      throw new DistillError("FORMAT_INVALID", `${where}: only "=" may stand in Provides: ${JSON.stringify(piece)}`);
    }
    return { name, version: constraint?.version };
  });
}

/** Non-empty parts of `text`; a separator too many is tolerated at the end only, as dpkg does. */
function pieces(text: string, separator: string, where: string): string[] {
  if (text.length > MAX_FIELD) {
    throw new DistillError("LIMIT_EXCEEDED", `${where} is longer than ${MAX_FIELD} characters`);
  }
  const parts = text.split(separator);
  if (separator === "," && parts.at(-1)?.trim() === "") parts.pop();
  return parts;
}

/** True where `version` lies within the constraint; without a constraint always. */
export function satisfies(version: string, constraint: Constraint | undefined): boolean {
  if (constraint === undefined) return true;
  const order = compareVersions(version, constraint.version);
  switch (constraint.operator) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">>":
      return order > 0;
  }
}

/** True where a provided name satisfies the relation's constraint: one with a version needs a versioned Provides. */
export function providedSatisfies(version: string | undefined, constraint: Constraint | undefined): boolean {
  return constraint === undefined || (version !== undefined && satisfies(version, constraint));
}

/** The relation as Debian writes it. */
export function formatRelation({ name, qualifier, constraint }: Relation): string {
  const target = qualifier === "" ? name : `${name}:${qualifier}`;
  return constraint === undefined ? target : `${target} (${constraint.operator} ${constraint.version})`;
}

/** The alternatives as Debian writes them: "a | b (>= 2)". */
export function formatClause(clause: Clause): string {
  return clause.map(formatRelation).join(" | ");
}
