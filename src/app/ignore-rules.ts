import { existsSync } from "node:fs";
import { join } from "node:path";
import { ignoreFileNames, parseIgnoreFile } from "../dockerfile/ignore/ignore-file.ts";
import type { PathMatcher } from "../dockerfile/ignore/matcher.ts";
import { readText } from "./build-plan.ts";

/** What a build leaves out of its context, and the file that says so. */
export interface IgnoreRules {
  readonly path: string;
  readonly matcher: PathMatcher;
}

const MAX_SIZE = 1024 * 1024;

/**
 * Reads the rules for the context of a Dockerfile: `NAME.dockerignore` beside it, else the .dockerignore of the context,
 * which is the only one where the Dockerfile is no file; undefined where there is neither. CONFIG_INVALID with the line for what is no pattern; LIMIT_EXCEEDED above 1 MiB.
 */
export async function readIgnoreRules(
  dockerfile: string | undefined,
  context: string,
): Promise<IgnoreRules | undefined> {
  const { beside, inContext } = ignoreFileNames(dockerfile ?? "");
  const paths = [...(dockerfile === undefined ? [] : [beside]), join(context, inContext)];
  const path = paths.find((each) => existsSync(each));
  if (path === undefined) return undefined;
  return { path, matcher: parseIgnoreFile(await readText(path, MAX_SIZE), path) };
}
