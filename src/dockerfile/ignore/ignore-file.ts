import { Source, type Span } from "../source.ts";
import { PathMatcher } from "./matcher.ts";
import { cleanPath, type Pattern, PatternProblem, parsePattern, trimSpaces } from "./pattern.ts";

/** One pattern of a .dockerignore, and where it stands. */
export interface IgnoreLine {
  /** Relative to the context, cleaned; with `!` before it where it takes back in. */
  readonly pattern: string;
  readonly span: Span;
}

/** The files that say what a context leaves out, the preferred one first: paths beside the Dockerfile, and in the context. */
export function ignoreFileNames(dockerfile: string): { readonly beside: string; readonly inContext: string } {
  return { beside: `${dockerfile}.dockerignore`, inContext: ".dockerignore" };
}

/** The matcher of a .dockerignore. `file` is its name for messages. CONFIG_INVALID with the line for what is no pattern. */
export function parseIgnoreFile(text: string, file = ".dockerignore"): PathMatcher {
  const source = new Source(file, text.replace(/^\ufeff/, ""));
  const patterns: Pattern[] = [];
  for (const { pattern, span } of readIgnoreLines(source)) {
    try {
      const parsed = parsePattern(pattern);
      if (parsed !== undefined) patterns.push(parsed);
    } catch (error) {
      if (!(error instanceof PatternProblem)) throw error;
      throw source.error(span, error.message, { cause: error });
    }
  }
  return new PathMatcher(patterns);
}

/** Lines that are neither empty nor comments. A comment begins in the first column; a slash at the start is not needed. */
export function readIgnoreLines(source: Source): readonly IgnoreLine[] {
  const lines: IgnoreLine[] = [];
  let start = 0;
  for (const line of source.text.split("\n")) {
    const trimmed = trimSpaces(line);
    if (trimmed !== "" && !line.startsWith("#")) {
      const from = start + line.indexOf(trimmed);
      lines.push({ pattern: relative(trimmed), span: { start: from, end: from + trimmed.length } });
    }
    start += line.length + 1;
  }
  return lines;
}

function relative(line: string): string {
  const negated = line.startsWith("!");
  const path = negated ? trimSpaces(line.slice(1)) : line;
  if (path === "") return "!";
  const cleaned = cleanPath(path);
  return (negated ? "!" : "") + (cleaned.length > 1 ? cleaned.replace(/^\//, "") : cleaned);
}
