import type { Coverage, OwnerKind } from "../inventory/coverage.ts";
import { type SizeChange, sizeChange } from "./size-change.ts";

/** Bytes of files by who answers for them, and `dead`: what layers ship and nobody sees. */
export type OwnerChanges = Readonly<Record<OwnerKind | "dead", SizeChange>>;

/** Whose the files of an image are, and what it ships for nothing. */
export interface OwnedBytes {
  readonly coverage: Coverage;
  readonly deadBytes: number;
}

/** What happened to the bytes of each kind of owner. */
export function compareOwners(a: OwnedBytes, b: OwnedBytes): OwnerChanges {
  const of = (kind: OwnerKind): SizeChange => sizeChange(a.coverage[kind].bytes, b.coverage[kind].bytes);
  return {
    package: of("package"),
    app: of("app"),
    step: of("step"),
    base: of("base"),
    nobody: of("nobody"),
    dead: sizeChange(a.deadBytes, b.deadBytes),
  };
}
