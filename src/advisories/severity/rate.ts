import type { SeverityClaim } from "../advisory.ts";
import { type Grade, gradeOf } from "./grade.ts";
import { type Rating, UNRATED } from "./severity.ts";

interface Graded {
  readonly claim: SeverityClaim;
  readonly grade: Grade;
}

/**
 * How bad a flaw is, by the first who says something that is understood. Of one source its own word goes before what its vectors
 * come to, and newer versions of CVSS before older. Where the word has no vector beside it, the next source's is told.
 */
export function rate(claims: readonly SeverityClaim[]): Rating {
  const graded = claims.flatMap((claim): readonly Graded[] => {
    const grade = gradeOf(claim);
    return grade === undefined ? [] : [{ claim, grade }];
  });
  const source = graded[0]?.claim.source;
  const own = graded.filter(({ claim }) => claim.source === source);
  const word = own.find(({ claim }) => claim.type === "label");
  const vector = vectorOf(own, word?.grade) ?? vectorOf(graded, word?.grade);
  const decides = word ?? vector;
  if (decides === undefined) return UNRATED;
  const { vector: text, score } = vector?.grade ?? UNRATED;
  return { severity: decides.grade.severity, source, vector: text, score };
}

/** The one that comes to what the word says, where there is one: sources with several vectors grade by one of them. */
function vectorOf(graded: readonly Graded[], word: Grade | undefined): Graded | undefined {
  const source = graded.find(({ grade }) => grade.vector !== undefined)?.claim.source;
  const vectors = graded
    .filter(({ claim, grade }) => claim.source === source && grade.vector !== undefined)
    .toSorted((a, b) => (a.claim.type < b.claim.type ? 1 : a.claim.type > b.claim.type ? -1 : 0));
  return vectors.find(({ grade }) => grade.severity === word?.severity) ?? vectors[0];
}
