/** What is set for the images whose names begin with a prefix: a [[registry]] table of a registries.conf. */
export interface RegistryRule {
  /** `host[:port][/path]`, or `*.example.com` for every name of a host below that domain. */
  readonly prefix: string;
  /** What stands in place of the prefix where images are read; empty: the name as it is. */
  readonly location: string;
  readonly insecure: boolean;
  /** True: neither read nor written. Mirrors are still asked. */
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorRule[];
  /** `FILE:LINE`, or the file alone where the line is not known: for errors. */
  readonly where: string;
}

/** A place that is asked before the registry itself. */
export interface MirrorRule {
  /** Stands in place of the prefix. */
  readonly location: string;
  readonly insecure: boolean;
  readonly use: MirrorUse;
}

/** Which references a mirror is asked for. */
export type MirrorUse = "all" | "digest-only" | "tag-only";

/**
 * The rule for a repository (`docker.io/library/python`): that with the longest prefix; of two as long, as
 * `*.example.com` and `a.example.com` are, the first in byte order. `rest` is what follows the prefix.
 */
export function findRule(
  name: string,
  rules: readonly RegistryRule[],
): { readonly rule: RegistryRule; readonly rest: string } | undefined {
  let best: { readonly rule: RegistryRule; readonly rest: string } | undefined;
  for (const rule of rules) {
    const length = matchedLength(name, rule.prefix);
    if (length === undefined || (best !== undefined && !precedes(rule, best.rule))) continue;
    best = { rule, rest: name.slice(length) };
  }
  return best;
}

function precedes(one: RegistryRule, other: RegistryRule): boolean {
  const longer = one.prefix.length - other.prefix.length;
  return longer > 0 || (longer === 0 && one.prefix < other.prefix);
}

/** Units of the name that a prefix covers: it ends where a part of the name does, or before a port. */
function matchedLength(name: string, prefix: string): number | undefined {
  const length = prefix.startsWith("*.") ? hostLength(name, prefix.slice(1)) : startLength(name, prefix);
  return length === undefined || /^(?:[:/]|$)/.test(name.slice(length, length + 1)) ? length : undefined;
}

function startLength(name: string, prefix: string): number | undefined {
  return name.startsWith(prefix) ? prefix.length : undefined;
}

function hostLength(name: string, domain: string): number | undefined {
  const host = /^[^:/]*/.exec(name)?.[0] ?? "";
  return host.endsWith(domain) && host.length > domain.length ? host.length : undefined;
}
