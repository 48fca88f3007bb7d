import { formatScope, type Scope } from "./scope.ts";

const MAX_SCOPES = 32;
const MAX_LENGTH = 8 * 1024;

/** Actions by resource (`repository:library/python`), in the order in which they are asked for. */
export type ScopeSet = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * What a challenge asks for, first, and what is wanted beside it. One resource stands once, with the actions of both. Of
 * a challenge, what is not `TYPE:NAME:ACTION,...` is left out, and so is what is beyond 32 scopes or 8 KiB.
 */
export function scopeSet(asked: string | undefined, wanted: readonly Scope[]): ScopeSet {
  const set = new Map<string, Set<string>>();
  const texts = (asked ?? "").slice(0, MAX_LENGTH).split(/\s+/).slice(0, MAX_SCOPES);
  for (const text of [...texts, ...wanted.map(formatScope)]) {
    // A name may hold colons: that of a port.
    const [, resource, actions] = /^([^:]+:.+):([^:]+)$/.exec(text) ?? [];
    if (resource === undefined || actions === undefined) continue;
    const known = set.get(resource) ?? new Set();
    for (const action of actions.split(",")) if (action !== "") known.add(action);
    if (known.size > 0) set.set(resource, known);
  }
  return set;
}

/** As requests for tokens spell them, in order. */
export function formatScopes(set: ScopeSet): readonly string[] {
  return Array.from(set, ([resource, actions]) => `${resource}:${[...actions].join(",")}`);
}

/** The same for the same set in any order. */
export function scopeKey(set: ScopeSet): string {
  return Array.from(set, ([resource, actions]) => `${resource}:${[...actions].sort().join(",")}`)
    .sort()
    .join(" ");
}

/** True where everything in `wanted` is in `set`; `*` stands for every action. */
export function covers(set: ScopeSet, wanted: ScopeSet): boolean {
  return Array.from(wanted).every(([resource, actions]) => {
    const known = set.get(resource);
    return known !== undefined && (known.has("*") || Array.from(actions).every((action) => known.has(action)));
  });
}
