import type { Span, Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import type { Facts } from "./facts.ts";

/** One check. */
export interface Rule {
  /** BuildKit's name; those that are distill's own begin with `distill/`. */
  readonly name: string;
  readonly description: string;
  /** Where BuildKit's documentation explains it. */
  readonly url?: string;
  /** Runs only where `# check=experimental=NAME` asks for it, and cannot be skipped. */
  readonly experimental?: true;
  readonly check: (facts: Facts) => Iterable<Hit>;
}

/** One place where a rule has something to say. */
export interface Hit {
  readonly detail: string;
  /** The statement that it is about: a comment above it may skip the rule. */
  readonly statement: Statement;
  /** What is to be marked; the statement's first line where it is not given. */
  readonly at?: Span | Word | undefined;
  /** Where BuildKit sees it, if that is not the first line of the statement. */
  readonly line?: number;
}

/** A rule of BuildKit's. */
export function buildkitRule(name: string, description: string, check: Rule["check"]): Rule {
  return { name, description, url: documentation(name), check };
}

function documentation(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, "$1-$2").replace(/^JSON/, "JSON-");
  return `https://docs.docker.com/reference/build-checks/${words.toLowerCase()}/`;
}

/** A rule of distill's own. */
export function ownRule(name: string, description: string, check: Rule["check"]): Rule {
  return { name: `${OWN}${name}`, description, check };
}

/** What the names of distill's own rules begin with. */
export const OWN = "distill/";
