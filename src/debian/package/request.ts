import { DistillError, isDistillError } from "../../lib/errors.ts";
import { type Constraint, parseRelation, type Relation } from "./relation.ts";

/** A package that somebody asks for by name, in any version or in certain ones. */
export interface PackageRequest {
  readonly name: string;
  readonly constraint?: Constraint | undefined;
}

const MAX_SHOWN = 100;

/** Reads `nginx`, `nginx=1.26.3-3` (as apt has it) or `nginx (>= 1.26)`. FORMAT_INVALID for anything else. */
export function parseRequest(text: string): PackageRequest {
  const [, name, version] = /^([^\s=()]+)=([^\s=()]+)$/.exec(text.trim()) ?? [];
  try {
    const relation = parseRelation(name === undefined ? text : `${name} (= ${version})`, "package request");
    return { name: relation.name, constraint: relation.constraint };
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID")) throw error;
    throw new DistillError("FORMAT_INVALID", `not the name of a package: ${JSON.stringify(text.slice(0, MAX_SHOWN))}`, {
      hint: "expected NAME or NAME=VERSION",
    });
  }
}

/** The request as a dependency has it. */
export function requestedRelation({ name, constraint }: PackageRequest): Relation {
  return { name, qualifier: "", constraint };
}
