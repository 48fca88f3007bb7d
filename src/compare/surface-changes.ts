import type { AttackSurface } from "../inventory/surface/attack-surface.ts";
import { PROGRAM_KINDS, type ProgramKind } from "../inventory/surface/program-kinds.ts";
import type { FoundProgram } from "../inventory/surface/programs.ts";

/** What of an attack surface is counted, in the order in which it is shown. */
export const SURFACE_KINDS = [
  ...PROGRAM_KINDS,
  "setuid",
  "setgid",
  "capabilities",
  "worldWritable",
  "loginUsers",
  "ports",
] as const;

export type SurfaceKind = ProgramKind | Exclude<(typeof SURFACE_KINDS)[number], ProgramKind>;

/** How many of a kind each image has; and what is in one only, as text, sorted. */
export interface SurfaceChange {
  readonly a: number;
  readonly b: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export type SurfaceChanges = Readonly<Record<SurfaceKind, SurfaceChange>>;

/** What of the attack surface is gone and what is new. */
export function compareSurfaces(a: AttackSurface, b: AttackSurface): SurfaceChanges {
  const changes = SURFACE_KINDS.map((kind) => [kind, change(itemsOf(a, kind), itemsOf(b, kind))] as const);
  return Object.fromEntries(changes) as unknown as SurfaceChanges;
}

/** The things of one kind, each as a text that tells it from the others. */
export function itemsOf(surface: AttackSurface, kind: SurfaceKind): readonly string[] {
  switch (kind) {
    case "setuid":
    case "setgid":
    case "worldWritable":
    case "ports":
      return surface[kind];
    case "capabilities":
      return surface.capabilities.map(({ path, capabilities }) => `${path} ${capabilities}`);
    case "loginUsers":
      return surface.loginUsers.map(({ name, shell, hasShell }) => `${name} (${shell}${hasShell ? "" : ", missing"})`);
    default:
      return surface[kind].map(describeProgram);
  }
}

const MAX_NAMES = 6;

/** A program whose file is called otherwise is told with the names that make it one. */
function describeProgram({ path, names }: FoundProgram): string {
  if (names.includes(path.slice(path.lastIndexOf("/") + 1))) return path;
  const more = names.length > MAX_NAMES ? ", ..." : "";
  return `${path} (${names.slice(0, MAX_NAMES).join(", ")}${more})`;
}

function change(a: readonly string[], b: readonly string[]): SurfaceChange {
  const [before, after] = [new Set(a), new Set(b)];
  return {
    a: a.length,
    b: b.length,
    added: [...after.difference(before)].sort(),
    removed: [...before.difference(after)].sort(),
  };
}
